/** The log probabilities of a choice: `{"content":[{"token":"Hi","logprob":-0.1,"top_logprobs":[…]}]}`. */
import type { TokenLogprob } from "../../../chat/event.ts";
import { arrayAt, isObject, numberAt, objectAt, stringAt } from "../../../wire/json.ts";

export function logprobsIn(choice: unknown): readonly TokenLogprob[] | undefined {
  const logprobs = objectAt(choice, "logprobs");
  if (logprobs === undefined) return undefined;
  const content = arrayAt(logprobs, "content");
  if (content.length > 0) return content.map(tokenLogprob);
  // Together sends parallel arrays, as in legacy completions.
  const values = arrayAt(logprobs, "token_logprobs");
  return arrayAt(logprobs, "tokens").map((token, index) => tokenLogprob({ token, logprob: values[index] }));
}

/** The token. Half a surrogate pair is replaced, because a token may end inside a character. */
function tokenIn(entry: unknown): string {
  return (stringAt(entry, "token") ?? "").toWellFormed();
}

function tokenLogprob(entry: unknown): TokenLogprob {
  return {
    token: tokenIn(entry),
    logprob: numberAt(entry, "logprob") ?? 0,
    top: arrayAt(entry, "top_logprobs")
      .filter(isObject)
      .map((top) => ({ token: tokenIn(top), logprob: numberAt(top, "logprob") ?? 0 })),
  };
}
