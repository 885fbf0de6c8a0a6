/**
 * The built-in provider of a fresh installation: a small OpenAI-compatible server on a free loopback port. Requests to its
 * only model, `[demo]-echo`, take the same path as requests to a real provider. It repeats the user's words and explains how
 * to add a real provider.
 */
import { isObject, arrayAt, numberAt, objectAt, stringAt } from "../wire/json.ts";
import { DONE, sseData } from "../wire/sse.ts";

export interface Demo {
  /** The provider as a configuration would describe it. */
  readonly provider: { readonly name: string; readonly url: string; readonly models: object[] };
  stop(): void;
}

const MODEL = "echo";

/** `configPath` is shown to the user. */
export function startDemo(configPath: string): Demo {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    reusePort: false,
    fetch: async (request) => {
      if (new URL(request.url).pathname !== "/v1/chat/completions")
        return refuse(404, "The demo provider supports only chats");
      const body: unknown = await request.json().catch(() => undefined);
      return isObject(body) ? answer(body, configPath) : refuse(400, "The demo expects JSON");
    },
  });
  return {
    provider: {
      name: "demo",
      url: `http://127.0.0.1:${server.port}/v1`,
      models: [{ name: MODEL, capabilities: ["completion"] }],
    },
    stop: () => void server.stop(true),
  };
}

function answer(body: { readonly [key: string]: unknown }, configPath: string): Response {
  const said = lastUserText(arrayAt(body, "messages"));
  const text = `You said: ${said}\n\nThis is the demo model of ollama-proxy. To chat with real models, add a provider to ${configPath} and save the file. A restart is not needed.`;
  const words = text.split(/(?<=\S)(?=\s)/);
  const limit = numberAt(body, "max_tokens") ?? words.length;
  const kept = words.slice(0, limit);
  const finish = kept.length < words.length ? "length" : "stop";
  const usage = {
    prompt_tokens: Math.max(1, Math.ceil(said.length / 4)),
    completion_tokens: kept.length,
    total_tokens: Math.max(1, Math.ceil(said.length / 4)) + kept.length,
  };
  const head = { id: "demo", created: Math.floor(Date.now() / 1000), model: MODEL };
  if (body["stream"] !== true) {
    const message = { role: "assistant", content: kept.join("") };
    const choices = [{ index: 0, message, finish_reason: finish }];
    return Response.json({ ...head, object: "chat.completion", choices, usage });
  }
  const chunk = (choices: readonly object[], rest: object = {}): string =>
    sseData({ ...head, object: "chat.completion.chunk", choices, ...rest });
  const deltas = kept.map((content) => chunk([{ index: 0, delta: { content }, finish_reason: null }]));
  const end = [
    chunk([{ index: 0, delta: {}, finish_reason: finish }]),
    chunk([], { usage }),
    `data: ${DONE}\n\n`,
  ];
  return new Response([...deltas, ...end].join(""), { headers: { "content-type": "text/event-stream" } });
}

function lastUserText(messages: readonly unknown[]): string {
  const last = messages.findLast((message) => stringAt(message, "role") === "user");
  const content = stringAt(last, "content");
  if (content !== undefined) return content;
  const parts = arrayAt(last, "content");
  return parts
    .map((part) => stringAt(part, "text") ?? (objectAt(part, "image_url") ? "(an image)" : ""))
    .join(" ");
}

function refuse(status: number, message: string): Response {
  return Response.json(
    { error: { message, type: "invalid_request_error", param: null, code: null } },
    { status },
  );
}
