/** The right reply of a provider on each route. Faults are made from it. */
import { sseData, sseEvent } from "../../../src/wire/sse.ts";

/** A request as a provider gets it. */
export interface Asked {
  /** The path of the route, such as `/v1/chat/completions`. */
  readonly path: string;
  readonly streams: boolean;
}

export interface Reply {
  readonly contentType: string;
  /** The frames of a stream. One entry for a reply without a stream. */
  readonly frames: readonly string[];
}

const USAGE = { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 };
const VECTOR = [0.25, 0.5];

export function replyTo(asked: Asked): Reply {
  if (!asked.streams) return { contentType: "application/json", frames: [JSON.stringify(wholeOf(asked))] };
  if (isOllama(asked)) {
    const frames = linesOf(asked.path).map((line) => `${JSON.stringify(line)}\n`);
    return { contentType: "application/x-ndjson", frames };
  }
  return { contentType: "text/event-stream", frames: eventsOf(asked.path) };
}

export function isOllama({ path }: Asked): boolean {
  return path.startsWith("/api/");
}

/** The beginning of a stream: some text and no end. For a reply without a stream, half of its bytes. */
export function beginningOf({ frames }: Reply): readonly string[] {
  const [first = ""] = frames;
  if (frames.length === 1) return [first.slice(0, Math.floor(first.length / 2))];
  return frames.slice(0, Math.ceil(frames.length / 3));
}

function wholeOf({ path }: Asked): object {
  switch (path) {
    case "/v1/chat/completions":
      return { ...HEAD, choices: [{ index: 0, message: MESSAGE, finish_reason: "stop" }], usage: USAGE };
    case "/v1/completions":
      return { ...HEAD, choices: [{ index: 0, text: "Hello world", finish_reason: "stop" }], usage: USAGE };
    case "/v1/responses":
      return response("completed");
    case "/v1/messages":
      return { ...MESSAGE_HEAD, content: [{ type: "text", text: "Hello world" }], stop_reason: "end_turn" };
    case "/v1/embeddings":
      return {
        object: "list",
        data: [{ object: "embedding", index: 0, embedding: VECTOR }],
        model: "m",
        usage: USAGE,
      };
    case "/api/chat":
      return { ...LINE, message: MESSAGE, ...DONE };
    case "/api/generate":
      return { ...LINE, response: "Hello world", ...DONE };
    case "/api/embed":
      return { model: "m", embeddings: [VECTOR], total_duration: 1, load_duration: 1, prompt_eval_count: 2 };
    case "/api/embeddings":
      return { embedding: VECTOR };
    default:
      throw new Error(`No provider has the route ${path}`);
  }
}

const MESSAGE = { role: "assistant", content: "Hello world" };
const HEAD = { id: "c1", object: "chat.completion", created: 1, model: "m" };
const MESSAGE_HEAD = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  usage: { input_tokens: 2, output_tokens: 2 },
};
const LINE = { model: "m", created_at: "2026-01-01T00:00:00Z" };
const DONE = { done: true, done_reason: "stop", total_duration: 3, load_duration: 1, eval_count: 2 };

function linesOf(path: string): readonly object[] {
  const say = (content: string): object =>
    path === "/api/chat" ? { message: { role: "assistant", content } } : { response: content };
  return [
    { ...LINE, ...say("Hello"), done: false },
    { ...LINE, ...say(" world"), done: false },
    { ...LINE, ...say(""), ...DONE },
  ];
}

function eventsOf(path: string): readonly string[] {
  if (path === "/v1/responses") return responseEvents();
  if (path === "/v1/messages") return messageEvents();
  const isChat = path === "/v1/chat/completions";
  const say = (text: string, finish_reason: string | null): string => {
    const content = isChat ? { delta: { content: text } } : { text };
    return sseData({ ...HEAD, choices: [{ index: 0, ...content, finish_reason }] });
  };
  const usage = sseData({ ...HEAD, choices: [], usage: USAGE });
  return [say("Hello", null), say(" world", null), say("", "stop"), usage, "data: [DONE]\n\n"];
}

function response(status: string): object {
  const content = [{ type: "output_text", text: "Hello world", annotations: [] }];
  const output = status === "completed" ? [{ id: "m1", type: "message", role: "assistant", content }] : [];
  return { id: "r1", object: "response", created_at: 1, status, model: "m", output };
}

function responseEvents(): readonly string[] {
  const events: readonly object[] = [
    { type: "response.created", response: response("in_progress") },
    { type: "response.output_text.delta", item_id: "m1", output_index: 0, content_index: 0, delta: "Hello" },
    { type: "response.output_text.delta", item_id: "m1", output_index: 0, content_index: 0, delta: " world" },
    { type: "response.completed", response: response("completed") },
  ];
  return events.map((event, sequence_number) =>
    sseEvent("type" in event ? String(event.type) : "", { ...event, sequence_number }),
  );
}

function messageEvents(): readonly string[] {
  const events: readonly object[] = [
    { type: "message_start", message: { ...MESSAGE_HEAD, content: [], stop_reason: null } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: " world" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
    { type: "message_stop" },
  ];
  return events.map((event) => sseEvent("type" in event ? String(event.type) : "", event));
}
