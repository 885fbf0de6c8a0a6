/** Management of models on a provider that is an Ollama server: relayed, under its own name of the model. */
import { decodeError } from "../dialects/ollama/error.ts";
import { send } from "../providers/client.ts";
import type { Provider } from "../providers/provider.ts";
import { replaceMember } from "../wire/json-edit.ts";
import type { Outcome, Scope } from "./gateway.ts";
import { LiveReply } from "./live-reply.ts";
import { refusal } from "./refusal.ts";
import { type JsonBody, RelayPump } from "./relay.ts";

export interface ManagedModel {
  readonly provider: Provider;
  /** The provider's name of the model. */
  readonly id: string;
  /** The client's. */
  readonly name: string;
  readonly path: string;
  readonly method: "POST" | "DELETE";
  readonly body: JsonBody;
  readonly streams: boolean;
}

/** Throws `ProxyError`. Never sent twice: what it changes may already be changed. */
export async function manageRemote(managed: ManagedModel, scope: Scope): Promise<Outcome> {
  const { provider, id, name, path, method, body, streams } = managed;
  scope.note({ model: name, provider: provider.name, lane: "relay" });
  const literal = JSON.stringify(id);
  const text = replaceMember(replaceMember(body.text, "model", literal), "name", literal);
  const accept = streams ? "application/x-ndjson" : "application/json";
  const exchange = await send(
    provider,
    { method, path, body: text, accept, signal: scope.signal },
    scope.gateway.runtime,
  );
  if (!exchange.ok) throw await refusal(exchange, decodeError, name);
  if (streams) return { type: "live", reply: await LiveReply.open(exchange, new RelayPump(name)) };
  return { type: "whole", body: await exchange.text() };
}
