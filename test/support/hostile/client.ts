/** The requests of each client API, and strict readers of the answers: a whole reply, a valid error, or neither. */
import { isObject, objectAt, parseJson, stringAt } from "../../../src/wire/json.ts";

type Style = "ollama" | "openai" | "responses" | "anthropic";

export interface ClientApi {
  readonly path: string;
  readonly style: Style;
  readonly canStream: boolean;
  readonly ask: object;
}

const MESSAGES = [{ role: "user", content: "hi" }];

export const CLIENT_APIS: readonly ClientApi[] = [
  { path: "/api/chat", style: "ollama", canStream: true, ask: { messages: MESSAGES } },
  { path: "/api/generate", style: "ollama", canStream: true, ask: { prompt: "hi" } },
  { path: "/api/embed", style: "ollama", canStream: false, ask: { input: "hi" } },
  { path: "/api/embeddings", style: "ollama", canStream: false, ask: { prompt: "hi" } },
  { path: "/v1/chat/completions", style: "openai", canStream: true, ask: { messages: MESSAGES } },
  { path: "/v1/completions", style: "openai", canStream: true, ask: { prompt: "hi" } },
  { path: "/v1/embeddings", style: "openai", canStream: false, ask: { input: "hi" } },
  { path: "/v1/responses", style: "responses", canStream: true, ask: { input: "hi" } },
  { path: "/v1/messages", style: "anthropic", canStream: true, ask: { messages: MESSAGES, max_tokens: 9 } },
];

/** The answer that a client got. */
export interface Got {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

export type Verdict =
  | { readonly type: "reply" }
  | { readonly type: "error"; readonly message: string }
  | { readonly type: "neither"; readonly why: string };

/** Reads the answer as strictly as the strictest client. */
export function judge(api: ClientApi, streams: boolean, got: Got): Verdict {
  if (got.status >= 400 && got.status <= 599) return judgeError(api, got);
  if (got.status !== 200) return neither(`status ${got.status}`);
  if (streams) return JUDGES_OF_STREAMS[api.style](got);
  if (!got.contentType.startsWith("application/json")) return neither(`content type ${got.contentType}`);
  const body = parseJson(got.text);
  return isObject(body) && IS_WHOLE[api.path]?.(body) === true
    ? { type: "reply" }
    : neither("not a whole reply");
}

function neither(why: string): Verdict {
  return { type: "neither", why };
}

function judgeError({ style }: ClientApi, { contentType, text }: Got): Verdict {
  if (!contentType.startsWith("application/json")) return neither(`content type ${contentType}`);
  const message = errorIn(style, parseJson(text));
  return message === undefined ? neither("not an error of this API") : { type: "error", message };
}

/** The message of an error. The error must have exactly the members that the API defines. */
function errorIn(style: Style, body: unknown): string | undefined {
  const error = objectAt(body, "error");
  switch (style) {
    case "ollama":
      return hasKeys(body, ["error"]) ? stringAt(body, "error") : undefined;
    case "openai":
    case "responses":
      return hasKeys(body, ["error"]) && hasKeys(error, ["code", "message", "param", "type"])
        ? stringAt(error, "message")
        : undefined;
    case "anthropic":
      return hasKeys(body, ["error", "request_id", "type"]) && hasKeys(error, ["message", "type"])
        ? stringAt(error, "message")
        : undefined;
    default:
      return undefined;
  }
}

function hasKeys(value: unknown, keys: readonly string[]): boolean {
  return isObject(value) && Object.keys(value).toSorted().join(" ") === keys.join(" ");
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function hasText(value: unknown, key: string): boolean {
  return stringAt(value, key) !== undefined;
}

/** Checks by path. A text may be empty, but its member must exist. */
const IS_WHOLE: { readonly [path: string]: (body: { readonly [key: string]: unknown }) => boolean } = {
  "/api/chat": (body) => hasText(body["message"], "content") && body["done"] === true,
  "/api/generate": (body) => hasText(body, "response") && body["done"] === true,
  "/api/embed": ({ embeddings }) => Array.isArray(embeddings) && isFilled(embeddings[0]),
  "/api/embeddings": ({ embedding }) => isFilled(embedding),
  "/v1/chat/completions": ({ choices }) => Array.isArray(choices) && isObject(choices[0]),
  "/v1/completions": ({ choices }) => Array.isArray(choices) && isObject(choices[0]),
  "/v1/embeddings": ({ data }) => Array.isArray(data) && isObject(data[0]),
  "/v1/responses": (body) =>
    body["object"] === "response" && hasText(body, "status") && Array.isArray(body["output"]),
  "/v1/messages": (body) => body["type"] === "message" && hasText(body, "stop_reason"),
};

const JUDGES_OF_STREAMS = {
  ollama: judgeLines,
  openai: judgeChunks,
  responses: (got) => judgeEvents(got, "response.completed", responseError),
  anthropic: (got) => judgeEvents(got, "message_stop", (data) => errorIn("anthropic", data)),
} as const satisfies Record<Style, (got: Got) => Verdict>;

function judgeLines({ contentType, text }: Got): Verdict {
  if (contentType !== "application/x-ndjson") return neither(`content type ${contentType}`);
  if (!text.endsWith("\n")) return neither("the last line has no end");
  const lines = text.trimEnd().split("\n").map(parseJson);
  if (!lines.every(isObject)) return neither("a line is not an object");
  const ends = lines.filter((line) => line["done"] === true || "error" in line);
  const last = lines.at(-1);
  if (last === undefined || ends.length !== 1 || ends[0] !== last)
    return neither("the end is missing, or is not the last line");
  if (!("error" in last)) return { type: "reply" };
  const message = errorIn("ollama", last);
  return message === undefined ? neither("the error is malformed") : { type: "error", message };
}

function judgeChunks({ contentType, text }: Got): Verdict {
  if (contentType !== "text/event-stream") return neither(`content type ${contentType}`);
  const events = eventsIn(text);
  if (events === undefined) return neither("the events are malformed");
  const last = events.at(-1);
  if (last?.data === "[DONE]") {
    return text.includes('"error":') ? neither("an error, and then the end mark") : { type: "reply" };
  }
  const message = errorIn("openai", parseJson(last?.data ?? ""));
  return message === undefined ? neither("no end mark, and no error") : { type: "error", message };
}

function judgeEvents(
  { contentType, text }: Got,
  end: string,
  errorOf: (data: unknown) => string | undefined,
): Verdict {
  if (contentType !== "text/event-stream") return neither(`content type ${contentType}`);
  const events = eventsIn(text);
  const last = events?.at(-1);
  if (events === undefined || last === undefined) return neither("the events are malformed");
  const data = parseJson(last.data);
  if (last.name === end)
    return stringAt(data, "type") === end ? { type: "reply" } : neither("a malformed end");
  if (events.some(({ name }) => name === end)) return neither("something follows the end");
  const message = errorOf(data);
  return message === undefined ? neither("no end, and no error") : { type: "error", message };
}

function responseError(data: unknown): string | undefined {
  if (stringAt(data, "type") !== "response.failed") return undefined;
  const response = objectAt(data, "response");
  return stringAt(response, "status") === "failed"
    ? stringAt(objectAt(response, "error"), "message")
    : undefined;
}

interface ClientEvent {
  readonly name: string | undefined;
  readonly data: string;
}

/** Undefined when a line is neither a name nor data, and when the last event is incomplete. */
function eventsIn(text: string): readonly ClientEvent[] | undefined {
  if (!text.endsWith("\n\n")) return undefined;
  const events = text.slice(0, -2).split("\n\n");
  const read = events.map((event) => /^(?:event: (.*)\n)?data: (.*)$/.exec(event));
  return read.every((match) => match !== null)
    ? read.map(([, name, data = ""]) => ({ name, data }))
    : undefined;
}
