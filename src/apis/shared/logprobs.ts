/** Lists of log probabilities: `[{"token":"Hi","logprob":-0.1,"top_logprobs":[…]}]`. All APIs have the same. */
import type { TokenLogprob } from "../../chat/event.ts";
import { arrayAt, isObject, numberAt, stringAt } from "../../wire/json.ts";

/** Undefined: `source.logprobs` is not a list, or has no entries. */
export function logprobsIn(source: unknown): readonly TokenLogprob[] | undefined {
  const entries = arrayAt(source, "logprobs");
  return entries.length === 0 ? undefined : entries.map(tokenLogprob);
}

export function tokenLogprob(entry: unknown): TokenLogprob {
  return { ...tokenIn(entry), top: arrayAt(entry, "top_logprobs").filter(isObject).map(tokenIn) };
}

/** The token. Half a surrogate pair is replaced, because a token may end inside a character. */
function tokenIn(entry: unknown): Pick<TokenLogprob, "token" | "logprob"> {
  return {
    token: (stringAt(entry, "token") ?? "").toWellFormed(),
    logprob: numberAt(entry, "logprob") ?? 0,
  };
}
