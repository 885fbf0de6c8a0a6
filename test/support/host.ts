/** A small OpenAI-compatible provider with chats, tool calls, embeddings and a model list. */
import { arrayAt, isObject, numberAt, objectAt, stringAt } from "../../src/wire/json.ts";
import { type Received, type Upstream, startUpstream } from "./upstream.ts";

const USAGE = { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 };

/**
 * The models:
 * - `m` chats, and reports the images and formats that it got.
 * - `thinks` thinks before it replies.
 * - `vectors` embeds.
 * - `breaks` ends its reply in the middle.
 * - `waits` sends one word and then nothing.
 */
export function startHost(): Upstream {
  return startUpstream(answer);
}

function answer({ path, text }: Received): Response {
  if (path === "/v1/models") {
    return Response.json({
      object: "list",
      data: ["m", "thinks", "vectors", "breaks", "waits"].map((id) => ({ id, object: "model" })),
    });
  }
  const body: unknown = JSON.parse(text);
  const model = stringAt(body, "model");
  if (path === "/v1/embeddings") {
    const data = arrayAt(body, "input").map((input, index) => ({
      index,
      embedding: [String(input).length, 0],
    }));
    return Response.json({ data, model, usage: { prompt_tokens: data.length } });
  }
  if (path !== "/v1/chat/completions")
    return Response.json({ error: { message: "no such path" } }, { status: 404 });
  if (model === "breaks") return stream([delta({ content: "Half" })]);
  if (model === "waits") return unending(delta({ content: "One" }));
  const deltas = replyTo(body);
  const finish = deltas.some((entry) => "tool_calls" in entry) ? "tool_calls" : "stop";
  if (isObject(body) && body["stream"] === true) {
    return stream([
      ...deltas.map((entry) => delta(entry)),
      { choices: [{ index: 0, delta: {}, finish_reason: finish }] },
      { choices: [], usage: USAGE },
      "[DONE]",
    ]);
  }
  const content = deltas.map((entry) => stringAt(entry, "content") ?? "").join("");
  const message = Object.assign({ role: "assistant" }, ...deltas, { content });
  return Response.json({
    model,
    choices: [
      {
        index: 0,
        message,
        finish_reason: finish,
      },
    ],
    usage: USAGE,
  });
}

/** Calls the first tool if there is no tool result yet, and otherwise repeats the last message of the user. */
function replyTo(body: unknown): readonly { readonly [key: string]: unknown }[] {
  const messages = arrayAt(body, "messages");
  const [tool] = arrayAt(body, "tools");
  if (tool !== undefined && stringAt(messages.at(-1), "role") !== "tool") {
    const name = stringAt(isObject(tool) ? tool["function"] : undefined, "name");
    const call = {
      index: 0,
      id: "call_1",
      type: "function",
      function: { name, arguments: '{"city":"Paris"}' },
    };
    return [{ tool_calls: [call] }];
  }
  const format = stringAt(objectAt(body, "response_format"), "type");
  if (format !== undefined) return [{ content: '{"city":"Paris"}' }];
  const parts = arrayAt(messages.at(-1), "content");
  const images = parts.filter((part) => stringAt(part, "type") === "image_url").length;
  const said = stringAt(messages.at(-1), "content") ?? `${images} image`;
  const limit = numberAt(body, "max_tokens");
  const words = ["You", " said ", said].slice(0, limit).map((content) => ({ content }));
  return stringAt(body, "model") === "thinks" ? [{ reasoning_content: "hm" }, ...words] : words;
}

function delta(fields: object): object {
  return {
    model: "m",
    choices: [{ index: 0, delta: { role: "assistant", ...fields }, finish_reason: null }],
  };
}

function frame(value: unknown): string {
  return `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;
}

function stream(frames: readonly unknown[]): Response {
  return new Response(frames.map(frame).join(""), { headers: { "content-type": "text/event-stream" } });
}

function unending(first: unknown): Response {
  return new Response(
    new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(frame(first))) }),
    { headers: { "content-type": "text/event-stream" } },
  );
}
