/** The log probabilities of a choice: `{"content":[{"token":"Hi","logprob":-0.1,"top_logprobs":[…]}]}`. */
import type { TokenLogprob } from "../../../chat/event.ts";
import { arrayAt, objectAt } from "../../../wire/json.ts";
import { tokenLogprob } from "../../shared/logprobs.ts";

export function logprobsIn(choice: unknown): readonly TokenLogprob[] | undefined {
  const logprobs = objectAt(choice, "logprobs");
  if (logprobs === undefined) return undefined;
  const content = arrayAt(logprobs, "content");
  if (content.length > 0) return content.map(tokenLogprob);
  // Together sends parallel arrays, as in legacy completions.
  const values = arrayAt(logprobs, "token_logprobs");
  return arrayAt(logprobs, "tokens").map((token, index) => tokenLogprob({ token, logprob: values[index] }));
}
