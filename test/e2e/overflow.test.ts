/** The error for a request that is too long for the model is recognized in every wording. Clients compact only then. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

/** What a client of `/v1` is told when a provider answers with this message. */
async function told(message: string, status: number): Promise<readonly unknown[]> {
  using upstream = startUpstream(() => Response.json({ error: { message } }, { status }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const messages = [{ role: "user", content: "hi" }];
  const response = await post(`${app.url}/v1/chat/completions`, { model: "[p]-m", messages });
  const { error } = JSON.parse(await response.text());
  return [response.status, error.code, error.message];
}

test.each([
  "This model's maximum context length is 4097 tokens. However, your messages resulted in 5000 tokens.",
  "This model's maximum context length is 262144 tokens. However, you requested 0 output tokens and your prompt contains at least 262145 input tokens, for a total of at least 262145 tokens.",
  "Your input exceeds the context window of this model. Please adjust your input and try again.",
  "Input length (265330) exceeds model's maximum context length (262144).",
  "Invalid 'input': maximum input length is 8192 tokens.",
  "prompt is too long: 215000 tokens > 200000 maximum",
  "input length and `max_tokens` exceed context limit: 170636 + 34048 > 200000, decrease input length or `max_tokens` and try again",
  "Input is too long for requested model.",
  "ValidationException: The input is too long",
  "ValidationException: Input exceeds the max input token limit",
  "The model returned the following errors: too many input tokens. Max input tokens: 8192, request input token count: 9000",
  "Too many tokens",
  "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000",
  "total tokens exceeds the model's max of 4096",
  "The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).",
  "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
  "Please reduce the length of the messages or completion.",
  "prompt token count of 151240 exceeds the limit of 128000",
  "Request body too large for gpt-4o model. Max size: 8000 tokens.",
  "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
  "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
  "The prompt (total length 25938) is too long to fit into the model (context length 4096).",
  "Prompt tokens (9000) exceeds context size (8192) (context_exceeded)",
  "Input prompt (5000 tokens) is too long and exceeds limit of 4096",
  "The input (263000 tokens) is longer than the model's context length (262144 tokens).",
  "Requested token count exceeds the model's maximum context length of 131072 tokens.",
  "Input length 131393 exceeds the maximum allowed input length of 131040 tokens.",
  "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
  "Prompt too long: 5152 tokens exceeds max_seq_len 2048 (leave room for output tokens)",
  "input is too large to process. increase the physical batch size",
  "the input length exceeds the context length",
  "prompt too long; exceeded max context length by 4 tokens",
  "ollama: context length exceeded for llama3",
  "The number of tokens to keep from the initial prompt is greater than the context length.",
  "Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)",
  "invalid params, context window exceeds limit (2013)",
  "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 983616]",
  "Prompt exceeds max length",
  "tokens in request more than max tokens allowed",
  "Total tokens of image and text exceed max message tokens.",
  "prompt tokens too long",
  "length of prompt_tokens (9000) must be less than max_seq_len (8192)",
  "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 20 `max_new_tokens`",
  "Input validation error: `inputs` must have less than 512 tokens. Given: 600",
  "Prompt has 5,958,968 tokens, but the configured context size is 256,000 tokens",
  "Token limit exceeded",
  "Input is too long for this model",
])("%s", async (message) => {
  expect(await told(message, 400)).toEqual([400, "context_length_exceeded", `[p] ${message}`]);
});

test.each([
  [429, "Too many tokens, please wait before trying again."],
  [429, "Too many tokens"],
  [400, "ThrottlingException: Too many tokens, please wait before trying again."],
  [400, "Too many tokens per minute"],
  [400, "You have used too many tokens per day for this key"],
  [
    413,
    "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 9000, please reduce the length of the messages",
  ],
  [400, "Token limit exceeded: your quota of tokens is used up"],
  [400, "max_tokens must be at least 1"],
  [400, "'name' is too long: 64 characters are allowed"],
  [400, "The context of this conversation is not valid"],
  [400, "number of requests exceeds the limit of 10"],
])("no overflow, with status %i: %s", async (status, message) => {
  const [, code, words] = await told(message, status);
  expect(code).not.toBe("context_length_exceeded");
  expect(String(words).replace("; it was sent 3 times", "")).toBe(
    `[p] ${message}`.replace(/\.$/, status === 429 ? "" : "."),
  );
});
