/** The last steps of a request in OpenAI's dialect: the user's own adjustments, and what the provider has taught us. */
import { OPENAI_UPSTREAM } from "../dialects/openai/upstream.ts";
import { repairFor, repaired } from "../dialects/openai/repair.ts";
import type { Exchange } from "../providers/client.ts";
import { type Provider, openAiUrlOf } from "../providers/provider.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Scope } from "./gateway.ts";
import { MOST_REPAIRS } from "./lessons.ts";
import type { Target } from "./models.ts";
import { refused } from "./refusal.ts";
import { sendWithRetry } from "./retry.ts";

/** A request of OpenAI's dialect that is about to be sent. */
export interface Outgoing {
  readonly path: string;
  readonly body: JsonObject;
  /** JSON text of the body, or of what became of it. */
  readonly encode: (body: JsonObject) => string;
  /** The name by which the client asked. */
  readonly model: string;
}

/** Sends the body as the provider has taught us to; where it teaches something new, once more. */
export async function sendRepaired(
  outgoing: Outgoing,
  { provider, listed }: Target,
  scope: Scope,
): Promise<Exchange> {
  const { lessons, runtime } = scope.gateway;
  const { id } = listed.model;
  for (let round = 0; ; round += 1) {
    const body = repaired(outgoing.body, lessons.recall(provider.name, id));
    const exchange = await sendWithRetry(
      provider,
      {
        method: "POST",
        url: openAiUrlOf(provider, outgoing.path),
        body: outgoing.encode(body),
        accept: body["stream"] === true ? "text/event-stream" : "application/json",
        signal: scope.signal,
      },
      runtime,
    );
    if (exchange.ok) return exchange;
    const text = await exchange.text();
    const repair = TEACHING.has(exchange.status) && round < MOST_REPAIRS ? repairFor(text, body) : undefined;
    if (repair === undefined)
      throw refused(OPENAI_UPSTREAM.decodeError(exchange.status, text), exchange, outgoing.model);
    lessons.learn(provider.name, id, repair);
    runtime.log("warn", "The provider refused part of a request; sending it without from now on", {
      provider: provider.name,
      model: id,
      change: JSON.stringify(repair),
    });
  }
}

/** Statuses by which hosts say that they do not know a field. */
const TEACHING: ReadonlySet<number> = new Set([400, 413, 422]);

/** The user's own additions and omissions win over everything else. */
export function adjusted(body: JsonObject, provider: Provider): JsonObject {
  const merged = { ...body, ...provider.extraBody };
  return Object.fromEntries(Object.entries(merged).filter(([key]) => !provider.dropParams.includes(key)));
}
