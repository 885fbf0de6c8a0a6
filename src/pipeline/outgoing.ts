/** The last changes to a request before it is sent: the configured ones, and the learned fixes. */
import type { ProxyError } from "../chat/error.ts";
import { wellFormedJson } from "../chat/surrogates.ts";
import type { Call } from "../providers/client.ts";
import type { Exchange } from "../providers/exchange.ts";
import { type LearnedFix, describeFix } from "../providers/learned-fixes.ts";
import type { Provider } from "../providers/provider.ts";
import { type JsonObject, isSame } from "../wire/json.ts";

/** A request that an API has encoded, and how its response is read. */
export interface EncodedRequest<R> {
  /** Relative to the base path of the provider. */
  readonly path: string;
  readonly accept: string;
  /** Headers of the client for the provider, by their name in lower case. */
  readonly headers?: { readonly [name: string]: string };
  readonly body:
    | {
        readonly type: "json";
        readonly value: JsonObject;
        /** JSON text of `value`, or of a changed copy of it. */
        readonly encode: (value: JsonObject) => string;
      }
    | { readonly type: "form"; readonly form: FormData };
  /** Parameters of the client that the provider does not accept. */
  readonly droppedParams: readonly string[];
  /** Reads the reply up to its first output. */
  readonly read: (exchange: Exchange) => Promise<ReadResult<R>>;
}

export type ReadResult<R> =
  | { readonly type: "reply"; readonly reply: R }
  /** `hasBegun`: the provider has sent a part of its reply. Another request would be paid for again. */
  | { readonly type: "failed"; readonly error: ProxyError; readonly hasBegun: boolean };

export interface Outgoing {
  readonly call: Omit<Call, "signal">;
  /** The body that is sent; undefined when it is not JSON. */
  readonly value: JsonObject | undefined;
  readonly droppedParams: readonly string[];
  /** Descriptions of the learned fixes that changed this body. */
  readonly appliedFixes: readonly string[];
}

export function outgoingRequest(
  { path, accept, headers, body, droppedParams }: Omit<EncodedRequest<unknown>, "read">,
  provider: Provider,
  fixes: readonly LearnedFix[],
): Outgoing {
  const call = { method: "POST", path, accept, headers } as const;
  if (body.type === "form") {
    return { call: { ...call, body: body.form }, value: undefined, droppedParams, appliedFixes: [] };
  }
  let value = withConfiguredChanges(body.value, provider);
  const dropped = [...droppedParams];
  const appliedFixes: string[] = [];
  for (const { fix } of fixes) {
    const fixed = provider.api.requestFixes?.apply(value, fix) ?? value;
    dropped.push(...fix.drop.filter((field) => field in value));
    if (!isSame(fixed, value)) appliedFixes.push(describeFix(fix));
    value = fixed;
  }
  return {
    // Strict providers reject a request with a lone surrogate, and then every later request of the conversation.
    call: { ...call, body: wellFormedJson(body.encode(value)) },
    value,
    droppedParams: [...new Set(dropped)],
    appliedFixes,
  };
}

/**
 * Descriptions of the learned options that changed the request. Encodes the request once more for each learned option; few models
 * have any.
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

/** `extra_body` and `drop_params` take precedence over everything else. */
function withConfiguredChanges(body: JsonObject, { extraBody, dropParams }: Provider): JsonObject {
  if (dropParams.length === 0 && Object.keys(extraBody).length === 0) return body;
  const merged = { ...body, ...extraBody };
  return Object.fromEntries(Object.entries(merged).filter(([key]) => !dropParams.includes(key)));
}
