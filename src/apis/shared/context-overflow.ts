/**
 * Messages of providers about a request that is too long for the model. Clients compact a conversation only
 * after this error, and no status identifies it. A new message is a new line here.
 */

const OVERFLOWS: readonly RegExp[] = [
  // OpenAI and many others, as a code
  /context_?length_?exceeded|context_?window_?exceeded/i,
  // OpenAI
  /exceeds? (?:the|your|this model's|the model's) (?:maximum |available )?context (?:window|length|size|limit)/i,
  // OpenAI, vLLM
  /maximum context length (?:is|of) ?\d|maximum context length \(\d/i,
  // OpenAI, embeddings
  /maximum (?:input|allowed input) length (?:is|of) \d|maximum input length: \d/i,
  // Anthropic
  /prompt is too long|prompt too long/i,
  // Anthropic
  /exceeds? (?:the )?context (?:limit|length|window|size)/i,
  // Anthropic, Google
  /request_too_large|request payload size exceeds the limit/i,
  // Amazon Bedrock
  /input is too long|too many input tokens|maximum number of input tokens/i,
  // Amazon Bedrock
  /exceeds? the (?:max|maximum) (?:number of )?input tokens?/i,
  // Cohere
  /total tokens exceeds? the model's max/i,
  // Amazon Bedrock, Cohere, Voyage AI
  /too many tokens|too many total (?:text )?tokens/i,
  // Google
  /input token count.{0,200}exceeds? the maximum/i,
  // xAI
  /maximum prompt length is \d/i,
  // Groq
  /reduce the length of (?:the|your) (?:messages?|prompt|input)/i,
  // GitHub Copilot
  /token count.{0,60}exceeds the limit of \d|exceeds the limit of \d{1,9} tokens/i,
  // GitHub Models
  /tokens_limit_reached|request body too large.{0,80}max size: \d{1,9} tokens/i,
  // Mistral
  /too large for model with \d{1,9} maximum context length/i,
  // Mistral, vLLM
  /(?:prompt|input).{0,60}(?:exceeds?|longer than) the maximum (?:model|allowed|sequence) length/i,
  // vLLM
  /is too long and exceeds limit of \d|longer than the maximum model length|maximum model length of \d/i,
  // vLLM
  /context length is only \d/i,
  // SGLang
  /longer than the model's (?:maximum )?context length|exceeds the maximum allowed length/i,
  // SGLang
  /requested token count exceeds the model's maximum context length/i,
  // Poolside
  /exceeds the maximum allowed input length/i,
  // llama.cpp
  /exceed_context_size_error|exceeds? the available context size|context size (?:has been )?exceeded/i,
  // llama.cpp, embeddings
  /increase the physical batch size|input is larger than the max context size/i,
  // Ollama
  /input (?:length|after truncation) exceeds (?:the )?(?:maximum )?context length|exceeded (?:max )?context length/i,
  // ds4
  /\bcontext_exceeded/i,
  // vLLM
  /too long to fit in(?:to)? the (?:model|context)/i,
  // LM Studio
  /greater than the context length|trying to keep the first \d+ tokens|n_keep.{0,200}n_ctx/i,
  // Kimi
  /exceeded model token limit/i,
  // MiniMax
  /context window exceeds limit/i,
  // Alibaba
  /range of input length should be \[/i,
  // Alibaba
  /input length exceeds|exceeds? the maximum input length/i,
  // Zhipu, Z.ai
  /model_context_window_exceeded|prompt exceeds (?:the )?max(?:imum)? length/i,
  // Baidu
  /prompt tokens too long|the (?:max|maximum) input (?:chars|characters|tokens) is \d/i,
  // Volcengine
  /total tokens of (?:image and text|text|input) exceed max message tokens|exceed max message tokens/i,
  // DeepSeek, hosts of Chinese models
  /tokens in request more than max tokens allowed|input too long: \d/i,
  // Cerebras, Baseten
  /length of prompt_tokens .{0,200} must be less than max_seq_len|exceeds max_seq_len/i,
  // Cohere
  /total number of tokens in the (?:input|prompt) cannot exceed \d|too many tokens: (?:total|the)/i,
  // Together AI, Text Generation Inference
  /`inputs` (?:tokens|must have less than)|inputs? tokens? \+ max_new_tokens must be/i,
  // Text Embeddings Inference
  /must have less than \d{1,9} tokens/i,
  // gateways
  /token limit (?:has been |was )?exceeded|token_?limit_?exceeded|exceeds? (?:the |its )?token limit/i,
  // gateways
  /context (?:length|window|limit) (?:has been |was |is )?exceeded|context overflow/i,
  // gateways
  /configured context (?:size|length|window) is \d/i,
  // gateways
  /input tokens? exceeds? |prompt exceeds (?:the )?(?:length|token|context) limit/i,
  // gateways
  /(?:request|message|conversation|input) is too long for (?:the|this|requested) model/i,
];

/** Rate limits. They mention tokens too, but waiting is enough. */
const RATES: readonly RegExp[] = [
  // OpenAI, Groq
  /rate[ _-]?limit|\bTPM\b|\bTPD\b|\bRPM\b/i,
  // OpenAI, Groq, Google
  /(?:tokens|requests)[ _](?:per|a|\/)[ _]?(?:min|hour|day|second)|tokens\/(?:min|day)/i,
  // Amazon Bedrock
  /throttl|please wait before|too many tokens per/i,
  // Amazon Bedrock
  /too many requests|try again (?:in|later)\b/i,
  // any host
  /quota|resource_?exhausted/i,
];

/** `text` is the message of an error, with its codes and types. */
export function isContextOverflow(text: string): boolean {
  return matches(OVERFLOWS, text) && !matches(RATES, text);
}

function matches(wordings: readonly RegExp[], text: string): boolean {
  return wordings.some((words) => words.test(text));
}
