/**
 * The replies of the provider, as bytes on the wire. The name of the model selects the reply:
 *
 *     stream-50-20000    20,000 events, 50 in each chunk, as fast as they are read
 *     paced-5-400        400 events, one every 5 ms
 *     first              one event, and the rest 2 ms later
 *     silent             one event, and nothing until the client disconnects
 *     whole              a reply that is not streamed
 */
const WORDS = ["The", " quick", " brown", ' "fox"', " jumps", "\n", " 狐狸", " over", " the", " lazy dog"];

export type Api = "openai" | "ollama";

const HEADS = {
  openai: "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
  ollama: "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n",
} as const;

const LAST_CHUNK = "0\r\n\r\n";

export interface StreamedReply {
  /** The head of the response, and the first event. */
  readonly first: Buffer;
  readonly event: Buffer;
  /** The end mark, the token counts and the end of the response. */
  readonly last: Buffer;
}

export function streamedReply(api: Api, model: string): StreamedReply {
  return {
    first: Buffer.from(HEADS[api] + chunk(eventOf(api, model, 0))),
    event: Buffer.from(chunk(eventOf(api, model, 1))),
    last: Buffer.from(chunk(endOf(api, model)) + LAST_CHUNK),
  };
}

/** A whole response of `events` events. */
export function fastReply(api: Api, model: string, events: number, perChunk: number): Buffer {
  const chunks: string[] = [HEADS[api]];
  for (let index = 0; index < events; index += perChunk) {
    const count = Math.min(perChunk, events - index);
    const texts = Array.from({ length: count }, (_, offset) => eventOf(api, model, index + offset));
    chunks.push(chunk(texts.join("")));
  }
  return Buffer.from(`${chunks.join("")}${chunk(endOf(api, model))}${LAST_CHUNK}`);
}

export function wholeReply(api: Api, model: string): Buffer {
  return jsonResponse(api === "openai" ? { ...OPENAI_WHOLE, model } : { ...OLLAMA_WHOLE, model });
}

export function jsonResponse(value: object): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

const USAGE = { prompt_tokens: 9, completion_tokens: 20, total_tokens: 29 };
const CONTENT = "The quick brown fox jumps over the lazy dog.";

const OPENAI_COMMON = {
  id: "chatcmpl-7027d986-3c59-a37a-9a5f-50713e01c8a6",
  object: "chat.completion.chunk",
  created: 1_770_772_293,
  system_fingerprint: "fp_2a885414fb",
};
const OPENAI_WHOLE = {
  ...OPENAI_COMMON,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: CONTENT }, finish_reason: "stop" }],
  usage: USAGE,
};

const OLLAMA_TIME = "2026-01-01T00:00:00.123456Z";
const OLLAMA_END = {
  done: true,
  done_reason: "stop",
  total_duration: 3,
  load_duration: 1,
  prompt_eval_count: 9,
  prompt_eval_duration: 1,
  eval_count: 20,
  eval_duration: 1,
};
const OLLAMA_WHOLE = {
  model: "",
  created_at: OLLAMA_TIME,
  message: { role: "assistant", content: CONTENT },
  ...OLLAMA_END,
};

function eventOf(api: Api, model: string, index: number): string {
  const content = WORDS[index % WORDS.length];
  if (api === "ollama") {
    const message = { role: "assistant", content };
    return `${JSON.stringify({ model, created_at: OLLAMA_TIME, message, done: false })}\n`;
  }
  const choices = [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }];
  return sse({ ...OPENAI_COMMON, model, choices });
}

function endOf(api: Api, model: string): string {
  if (api === "ollama") {
    const message = { role: "assistant", content: "" };
    return `${JSON.stringify({ model, created_at: OLLAMA_TIME, message, ...OLLAMA_END })}\n`;
  }
  const finish = sse({ ...OPENAI_COMMON, model, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  return `${finish}${sse({ ...OPENAI_COMMON, model, choices: [], usage: USAGE })}data: [DONE]\n\n`;
}

function sse(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
