/** The last steps of a request before it is sent: the user's own adjustments, and what errors have taught. */
import type { ProxyError } from "../chat/error.ts";
import { wellFormedJson } from "../chat/surrogates.ts";
import type { Call, Exchange } from "../providers/client.ts";
import { type LearnedFix, describeFix } from "../providers/learned-fixes.ts";
import type { Provider } from "../providers/provider.ts";
import { type JsonObject, isSame } from "../wire/json.ts";

/** A request as an API encoded it, and how the answer to it is read. */
export interface EncodedRequest<R> {
  /** Relative to the provider's base. */
  readonly path: string;
  readonly accept: string;
  readonly body:
    | {
        readonly type: "json";
        readonly value: JsonObject;
        /** JSON text of the value, or of what became of it. */
        readonly encode: (value: JsonObject) => string;
      }
    | { readonly type: "form"; readonly form: FormData };
  /** What the client set and the provider does not accept. */
  readonly droppedParams: readonly string[];
  /** Reads the reply up to its first output. */
  readonly read: (exchange: Exchange) => Promise<ReadResult<R>>;
}

export type ReadResult<R> =
  | { readonly type: "reply"; readonly reply: R }
  /** `hasBegun`: the provider has sent a part of its reply, which another request would pay for again. */
  | { readonly type: "failed"; readonly error: ProxyError; readonly hasBegun: boolean };

export interface Outgoing {
  readonly call: Omit<Call, "signal">;
  /** The body as it is sent; undefined when it is no JSON. */
  readonly value: JsonObject | undefined;
  readonly droppedParams: readonly string[];
  /** The learned fixes that changed this body, in a few words each. */
  readonly appliedFixes: readonly string[];
}

export function outgoingRequest(
  { path, accept, body, droppedParams }: Omit<EncodedRequest<unknown>, "read">,
  provider: Provider,
  fixes: readonly LearnedFix[],
): Outgoing {
  const call = { method: "POST", path, accept } as const;
  if (body.type === "form") {
    return { call: { ...call, body: body.form }, value: undefined, droppedParams, appliedFixes: [] };
  }
  let value = withUserAdjustments(body.value, provider);
  const dropped = [...droppedParams];
  const appliedFixes: string[] = [];
  for (const { fix } of fixes) {
    const fixed = provider.api.requestFixes?.apply(value, fix) ?? value;
    dropped.push(...fix.drop.filter((field) => field in value));
    if (!isSame(fixed, value)) appliedFixes.push(describeFix(fix));
    value = fixed;
  }
  return {
    // Strict hosts refuse a whole request for half a character, and with it every later turn of the conversation.
    call: { ...call, body: wellFormedJson(body.encode(value)) },
    value,
    droppedParams: [...new Set(dropped)],
    appliedFixes,
  };
}

/**
 * The learned options without which the request would have been another, in a few words each. Encodes the request once
 * more for each learned option, of which a model rarely has any.
 */
export function effectiveFixes(
  { body }: Pick<EncodedRequest<unknown>, "body">,
  fixes: readonly LearnedFix[],
  encodeWith: (fixes: readonly LearnedFix[]) => Pick<EncodedRequest<unknown>, "body">,
): readonly string[] {
  if (body.type === "form") return [];
  return fixes
    .filter((fix) => {
      if (Object.keys(fix.fix.options).length === 0) return false;
      const other = encodeWith(fixes.filter((kept) => kept !== fix)).body;
      return other.type === "json" && !Bun.deepEquals(other.value, body.value, true);
    })
    .map(({ fix }) => describeFix(fix));
}

/** `extra_body` and `drop_params` win over everything else. */
function withUserAdjustments(body: JsonObject, { extraBody, dropParams }: Provider): JsonObject {
  if (dropParams.length === 0 && Object.keys(extraBody).length === 0) return body;
  const merged = { ...body, ...extraBody };
  return Object.fromEntries(Object.entries(merged).filter(([key]) => !dropParams.includes(key)));
}
