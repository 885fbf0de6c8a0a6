/** Management of models on providers that are Ollama servers: relayed, under their own names of the models. */
import { ProxyError } from "../chat/error.ts";
import { decodeError } from "../apis/ollama/upstream/errors.ts";
import { isDone } from "../apis/ollama/whole-reply.ts";
import { type Call, type Exchange, send } from "../providers/client.ts";
import type { Provider } from "../providers/provider.ts";
import { replaceMember } from "../wire/json-edit.ts";
import type { Outcome, Scope } from "./services.ts";
import { LiveReply } from "./streamed-reply.ts";
import { refusal } from "./errors.ts";
import { type JsonBody, RelayPump } from "../apis/ollama/relay.ts";

export interface ManagedRequest {
  readonly provider: Provider;
  /** The client's name of the model. */
  readonly name: string;
  readonly path: string;
  readonly method: "POST" | "DELETE";
  readonly body: JsonBody;
  /** Members of the body that name models, with the provider's names. */
  readonly renamed: { readonly [member: string]: string };
  readonly streams: boolean;
}

/** Throws `ProxyError`. Never sent twice: what it changes may already be changed. */
export async function manageRemote(managed: ManagedRequest, scope: Scope): Promise<Outcome> {
  const { provider, name, path, method, body, renamed, streams } = managed;
  let { text } = body;
  for (const [member, id] of Object.entries(renamed)) text = replaceMember(text, member, JSON.stringify(id));
  const accept = streams ? "application/x-ndjson" : "application/json";
  const exchange = await manage(provider, { method, path, body: text, accept }, scope);
  if (!exchange.ok) throw await refusal(exchange, decodeError, { id: renamed["model"] ?? "", name });
  noteChange(provider, scope);
  if (streams) {
    const pump = new RelayPump(name, "progress");
    return { type: "live", reply: await LiveReply.open(exchange, pump, scope.gateway.countsLimitMs) };
  }
  const answer = await exchange.text();
  if (!isDone(answer)) throw decodeError(200, answer).from(provider);
  return { type: "whole", body: answer };
}

/** What the client asks for next shows the change. */
export function noteChange(provider: Provider, { gateway }: Scope): void {
  gateway.catalog.expire(provider);
  gateway.shows.forget(provider);
}

/** Passes the bytes of a file on. The status is the provider's when it is a success or 404. Throws `ProxyError`. */
export async function relayBlob(
  request: Pick<Request, "method" | "body">,
  path: string,
  scope: Scope,
): Promise<number> {
  const method = request.method === "HEAD" ? "HEAD" : "POST";
  const isLooking = method === "HEAD";
  if (isLooking && ollamas(scope).length !== 1) return 404;
  const body = isLooking ? undefined : (request.body ?? "");
  const exchange = await manage(theOllama(scope), { method, path, body, accept: "application/json" }, scope);
  if (!exchange.ok && !isLooking) throw await refusal(exchange, decodeError, { id: "", name: "" });
  exchange.cancel();
  return exchange.status;
}

/** The provider that a request means which names none. Throws `bad-request` when there is more than one, or none. */
export function theOllama(scope: Scope): Provider {
  const [first, ...others] = ollamas(scope);
  if (first !== undefined && others.length === 0) return first;
  throw new ProxyError(
    "bad-request",
    first === undefined
      ? "ollama-proxy keeps no models of its own, and none of its providers is an Ollama server; name models in its configuration instead"
      : "Several providers are Ollama servers; say which one is meant with a name such as " +
          `'[${first.name}]-my-model', or ask that server itself`,
  );
}

function ollamas({ gateway }: Scope): readonly Provider[] {
  return gateway.providers.filter(({ apiType }) => apiType === "ollama");
}

/** A model takes hours to arrive, and longer than a chat to be checked or quantized. */
const LIMIT_MS = 24 * 3_600_000;

async function manage(
  provider: Provider,
  call: Pick<Call, "method" | "path" | "body" | "accept">,
  scope: Scope,
): Promise<Exchange> {
  scope.note({ provider: provider.name, lane: "relay" });
  const limited = { ...call, signal: scope.signal, headLimitMs: LIMIT_MS, needsNewConnection: true };
  const exchange = await send(provider, limited, scope.gateway.runtime);
  exchange.limitSilence(LIMIT_MS);
  return exchange;
}
