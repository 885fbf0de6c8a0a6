/**
 * Requests to `/api/chat` and `/api/generate`.
 *
 *     {"model":"m","messages":[{"role":"user","content":"hi","images":["iVBOR…"]}],"stream":true,
 *      "tools":[…],"format":"json","think":true,"options":{"temperature":0.2},"keep_alive":"5m"}
 *     {"model":"m","prompt":"hi","system":"…","suffix":"…","raw":false,"context":[1,2],"images":[]}
 *
 * Decoded like Ollama's server does. More is accepted where real clients need it: content as null or as a
 * list of parts (avante), arguments as a JSON string (llm.el), images as data URIs or as objects of bytes
 * (Vercel's AI SDK).
 */
import { ProxyError } from "../../../chat/error.ts";
import type { ChatRequest, Message, OutputFormat, Reasoning, Tool } from "../../../chat/request.ts";
import { type JsonObject, isObject, objectAt, stringAt } from "../../../wire/json.ts";
import { parseKeepAlive } from "./duration.ts";
import { lowerCaseFields } from "../../shared/field-case.ts";
import { Fields } from "../../shared/go-fields.ts";
import { decodeImages, decodeMessage } from "./message.ts";
import { decodeContextLength, decodeOptions } from "./options.ts";
import { unpackContext } from "./context.ts";

/** The neutral request, and the values that only Ollama's own routes have. */
export interface NativeRequest {
  readonly chat: ChatRequest;
  /** As the client sent it. The real server checks it only when the model replies. */
  readonly format: unknown;
  /** There is no message and no prompt. The client only wants to load or unload the model. */
  readonly isEmpty: boolean;
  /** Undefined: the server's default. `Infinity` is forever. */
  readonly keepAliveMs: number | undefined;
  readonly contextLength: number | undefined;
  /** The client wants the prompt instead of a reply. */
  readonly rendersOnly: boolean;
  /** The client sent its own template. */
  readonly hasTemplate: boolean;
}

/** Throws `bad-request`, with Ollama's exact messages. */
export function decodeChatRequest(body: unknown): NativeRequest {
  const fields = Fields.of("ChatRequest", lowerCaseFields(body));
  const messages = fields.array("messages", "[]api.Message").map(decodeMessage);
  return { ...decodeShared(fields, messages), isEmpty: messages.length === 0, hasTemplate: false };
}

/** Throws `bad-request`, with Ollama's exact messages. */
export function decodeGenerateRequest(body: unknown): NativeRequest {
  const fields = Fields.of("GenerateRequest", lowerCaseFields(body));
  const prompt = fields.string("prompt") ?? "";
  const system = fields.string("system") ?? "";
  const suffix = fields.string("suffix") ?? "";
  const template = fields.string("template") ?? "";
  const context = fields.array("context", "[]int");
  const isRaw = fields.boolean("raw") ?? false;
  if (isRaw && (template !== "" || system !== "" || context.length > 0)) {
    throw new ProxyError("bad-request", "raw mode does not support template, system, or context");
  }
  const images = decodeImages(fields.array("images", "[]api.ImageData"), "GenerateRequest.images");
  const messages: Message[] = [...unpackContext(context)];
  if (system !== "") messages.unshift({ role: "system", text: system });
  messages.push({
    role: "user",
    parts: [...(prompt === "" ? [] : [{ type: "text", text: prompt } as const]), ...images],
  });
  const shared = decodeShared(fields, messages);
  const completion = isRaw || suffix !== "" ? { prompt, suffix } : undefined;
  return {
    ...shared,
    chat: { ...shared.chat, completion },
    hasTemplate: template !== "",
    isEmpty: prompt === "" && suffix === "" && images.length === 0,
  };
}

function decodeShared(
  fields: Fields,
  messages: readonly Message[],
): Omit<NativeRequest, "isEmpty" | "hasTemplate"> {
  const options = fields.object("options", "map[string]interface {}");
  const topLogprobs = fields.integer("top_logprobs") ?? 0;
  if (topLogprobs < 0 || topLogprobs > 20) {
    throw new ProxyError("bad-request", "top_logprobs must be between 0 and 20");
  }
  // Only their types matter here. An Ollama server gets them unchanged.
  for (const key of ["truncate", "shift"]) fields.boolean(key);
  const keepAlive = fields.unknown("keep_alive");
  return {
    chat: {
      model: fields.string("model") ?? "",
      messages,
      stream: fields.boolean("stream") ?? true,
      tools: decodeTools(fields.array("tools", "api.Tools")),
      sampling: decodeOptions(options),
      reasoning: decodeThink(fields.unknown("think")),
      topLogprobs: fields.boolean("logprobs") === true ? topLogprobs : undefined,
    },
    format: fields.unknown("format"),
    rendersOnly: fields.boolean("_debug_render_only") === true,
    keepAliveMs: keepAlive === undefined ? undefined : parseKeepAlive(keepAlive),
    contextLength: decodeContextLength(options),
  };
}

function decodeTools(tools: readonly unknown[]): readonly Tool[] {
  return tools.map((tool) => {
    const fn = objectAt(tool, "function") ?? {};
    return {
      name: stringAt(fn, "name") ?? "",
      description: stringAt(fn, "description"),
      parameters: objectAt(fn, "parameters"),
    };
  });
}

/** Throws `bad-request`, with Ollama's exact message. */
export function decodeFormat(format: unknown): OutputFormat | undefined {
  if (format === undefined || format === "") return undefined;
  if (format === "json") return { type: "json" };
  if (isObject(format)) return { type: "json-schema", schema: format satisfies JsonObject };
  throw new ProxyError(
    "bad-request",
    // The real server quotes the JSON text again.
    `invalid format: ${JSON.stringify(JSON.stringify(format))}; expected "json" or a valid JSON Schema object`,
    { status: 500 },
  );
}

const LEVELS: ReadonlyMap<unknown, Reasoning> = new Map<unknown, Reasoning>([
  [true, "on"],
  [false, "off"],
  ["low", "low"],
  ["medium", "medium"],
  ["high", "high"],
  ["max", "max"],
]);

function decodeThink(think: unknown): Reasoning | undefined {
  if (think === undefined) return undefined;
  const reasoning = LEVELS.get(think);
  if (reasoning !== undefined) return reasoning;
  throw new ProxyError(
    "bad-request",
    typeof think === "string"
      ? `invalid think value: ${JSON.stringify(think)} (must be "high", "medium", "low", "max", true, or false)`
      : 'think must be a boolean or string ("high", "medium", "low", "max", true, or false)',
  );
}
