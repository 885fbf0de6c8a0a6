/**
 * Token counts and log probabilities of chat completions and legacy completions.
 *
 *     {"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":8}}
 *     {"content":[{"token":"Hi","logprob":-0.1,"bytes":[72,105],"top_logprobs":[]}]}
 */
import type { ReplyContext, ReplyTotals, TokenLogprob } from "../../chat/event.ts";

/** The provider's counts, or estimates where it gave none. */
export function encodeUsage({ usage, deltas }: ReplyTotals, context: ReplyContext): object {
  const input = usage.inputTokens ?? context.inputTokensEstimate;
  const output = usage.outputTokens ?? deltas;
  const { cachedTokens, reasoningTokens } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cachedTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
    ...(reasoningTokens === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}

/** The member to append to a choice, with its comma. Empty when there are no log probabilities. */
export function logprobsMember(logprobs: readonly TokenLogprob[] | undefined): string {
  if (logprobs === undefined || logprobs.length === 0) return "";
  return `,"logprobs":{"content":${JSON.stringify(encodeLogprobs(logprobs))}}`;
}

export function encodeLogprobs(logprobs: readonly TokenLogprob[]): readonly object[] {
  return logprobs.map((entry) => ({
    ...encodeToken(entry),
    top_logprobs: entry.top.map(encodeToken),
  }));
}

function encodeToken({ token, logprob }: { readonly token: string; readonly logprob: number }): object {
  return { token, logprob, bytes: [...new TextEncoder().encode(token)] };
}
