/** The last steps of a request in OpenAI's dialect: the user's own adjustments, and what the provider has taught us. */
import { OPENAI_UPSTREAM } from "../apis/openai/upstream/request.ts";
import type { ProxyError } from "../chat/error.ts";
import type { Quirks, UpstreamRequest } from "../apis/api.ts";
import { type Repair, repairFor, repaired } from "../apis/openai/upstream/request-fix.ts";
import type { Call, Exchange } from "../providers/client.ts";
import { type Provider, openAiPathOf } from "../providers/provider.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Scope } from "./services.ts";
import { MOST_REPAIRS } from "../providers/learned-fixes.ts";
import type { Target } from "./find-model.ts";
import { refused } from "./errors.ts";
import { sendWithRetry } from "./retry.ts";

/** A request of OpenAI's dialect that is about to be sent. */
export interface Outgoing {
  /** The request as a host of that profile wants it; made once an attempt. */
  readonly requestFor: (quirks: Quirks) => Pick<UpstreamRequest, "path" | "body">;
  /** JSON text of the body, or of what became of it. */
  readonly encode: (body: JsonObject) => string;
  /** The name by which the client asked. */
  readonly model: string;
  /** Hears the headers of every answer of the provider. */
  readonly onAnswer?: (headers: Headers) => void;
}

/** Sends the body as the provider has taught us to; where it teaches something new, once more. */
export async function sendRepaired(outgoing: Outgoing, target: Target, scope: Scope): Promise<Exchange> {
  const { lessons } = scope.gateway;
  const { provider } = target;
  const { id } = target.listed.model;
  const asked = { id, name: outgoing.model };
  let refusedText: string | undefined;
  let error: ProxyError | undefined;
  for (let round = 0; ; round += 1) {
    const lesson = lessons.recall(provider.name, id);
    const quirks = { ...provider.quirksOf(id), ...lesson.quirks };
    const request = outgoing.requestFor(quirks);
    const body = repaired(adjusted(request.body, provider), lesson.repairs);
    const text = outgoing.encode(body);
    // What was learned does not show in this request: it would be refused as before.
    if (error !== undefined && text === refusedText) throw error;
    const exchange = await sendOnce(request.path, body, text, { provider, scope });
    outgoing.onAnswer?.(exchange.headers);
    if (exchange.ok) return exchange;
    const refusal = await exchange.text();
    error = refused(OPENAI_UPSTREAM.decodeError(exchange.status, refusal), exchange, asked);
    const mayTeach = TEACHING.has(exchange.status) && round < MOST_REPAIRS;
    const repair = mayTeach ? repairFor(refusal, body, quirks) : undefined;
    if (repair === undefined) throw error;
    refusedText = text;
    lessons.learn(provider.name, id, repair);
    tell(repair, target, scope);
  }
}

function sendOnce(
  path: string,
  body: JsonObject,
  text: string,
  { provider, scope }: { readonly provider: Provider; readonly scope: Scope },
): Promise<Exchange> {
  const call: Call = {
    method: "POST",
    path: openAiPathOf(provider, path),
    body: text,
    accept: body["stream"] === true ? "text/event-stream" : "application/json",
    signal: scope.signal,
  };
  return sendWithRetry(provider, call, scope.gateway.runtime);
}

/** What a client asked for may be missing from now on: nobody shall have to guess why. */
function tell(repair: Repair, { provider, listed }: Target, scope: Scope): void {
  const changes = Object.entries(repair).filter(([, change]) => Object.keys(Object(change)).length > 0);
  scope.gateway.runtime.log(
    "warn",
    "The provider refused part of a request; sending it otherwise from now on",
    {
      provider: provider.name,
      model: listed.model.id,
      change: JSON.stringify(Object.fromEntries(changes)),
    },
  );
}

/** Statuses by which hosts say that they do not know a field; some say it with a 500. */
const TEACHING: ReadonlySet<number> = new Set([400, 413, 422, 500]);

/** The user's own additions and omissions win over everything else. */
function adjusted(body: JsonObject, provider: Provider): JsonObject {
  const merged = { ...body, ...provider.extraBody };
  return Object.fromEntries(Object.entries(merged).filter(([key]) => !provider.dropParams.includes(key)));
}
