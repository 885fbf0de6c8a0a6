/**
 * Rewrites what a real Ollama rejects but clients send: content as a list of parts, images as data URIs or as
 * bytes, arguments and stops as text, roles of other APIs. `message.ts` names the clients.
 */
import { ProxyError } from "../../../chat/error.ts";
import type { Part } from "../../../chat/request.ts";
import { type JsonObject, isObject, parseJson, stringAt } from "../../../wire/json.ts";
import { exactJson } from "../../../wire/exact-json.ts";
import { replaceMember } from "../../../wire/json-edit.ts";
import { Fields } from "../../shared/go-fields.ts";
import { argumentsText, decodeImages, decodeMessage } from "./message.ts";

/**
 * The text of a request body that `decodeChatRequest` or `decodeGenerateRequest` has read. All valid bytes
 * are unchanged.
 */
export function strictBody(text: string, body: unknown): string {
  const fields = Fields.of("ChatRequest", body);
  let strict = text;
  for (const [key, normalize] of MEMBERS) {
    const given = fields.unknown(key);
    const normalized = normalize(given);
    if (normalized !== given) strict = replaceMember(strict, key, JSON.stringify(normalized));
  }
  return strict;
}

/** Each function returns its argument when there is nothing to normalize. */
const MEMBERS: readonly (readonly [key: string, normalize: (value: unknown) => unknown])[] = [
  ["messages", (messages) => normalizeList(messages, normalizeMessage)],
  ["images", normalizeImages],
  ["options", normalizeOptions],
];

function normalizeList(list: unknown, normalize: (value: unknown) => unknown): unknown {
  if (!Array.isArray(list)) return list;
  const normalized = list.map(normalize);
  return normalized.some((value, index) => value !== list[index]) ? normalized : list;
}

function normalizeMessage(message: unknown): unknown {
  if (!isObject(message)) return message;
  const fields = Fields.of("Message", message);
  const [given, calls, images] = ["role", "tool_calls", "images"].map((key) => fields.unknown(key));
  const role = ROLES.get(typeof given === "string" ? given.toLowerCase() : "");
  const normalizedCalls = normalizeList(calls, normalizeCall);
  const normalizedImages = normalizeImages(images);
  const name = fields.unknown("name");
  const changes = {
    ...(role === undefined ? {} : { role }),
    ...(normalizedCalls === calls ? {} : { tool_calls: normalizedCalls }),
    ...(normalizedImages === images ? {} : { images: normalizedImages }),
    ...(Array.isArray(fields.unknown("content")) ? contentOf(message) : {}),
    ...(role === "tool" && fields.unknown("tool_name") === undefined ? { tool_name: name } : {}),
  };
  if (Object.keys(changes).length === 0) return message;
  // Fields match in any case, so the replaced field is removed under every spelling.
  const kept = Object.entries(message).filter(([key]) => !(key.toLowerCase() in changes));
  return { ...Object.fromEntries(kept), ...changes };
}

/**
 * A role of another API. A real Ollama treats its text as text without a role. It knows `developer`, and keeps the model's own system
 * message beside it.
 */
const ROLES: ReadonlyMap<string, string> = new Map([["function", "tool"]]);

function contentOf(message: JsonObject): JsonObject {
  const decoded = decodeMessage({ ...message, role: "user" });
  const parts = decoded.role === "user" ? decoded.parts : [];
  const images = parts.filter((part) => part.type !== "text").map(base64Of);
  const content = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  return images.length === 0 ? { content } : { content, images };
}

function normalizeCall(call: unknown): unknown {
  const fn = isObject(call) ? call["function"] : undefined;
  if (!isObject(call) || !isObject(fn) || typeof fn["arguments"] !== "string") return call;
  const text = argumentsText(fn["arguments"]) ?? "";
  const parsed = exactJson(text, parseJson(text));
  return isObject(parsed) ? { ...call, function: { ...fn, arguments: parsed } } : call;
}

function normalizeImages(images: unknown): unknown {
  if (!Array.isArray(images) || images.every((image) => typeof image === "string" && !isDataUri(image))) {
    return images;
  }
  return decodeImages(images, "images").map(base64Of);
}

/** Throws `bad-request`, with Ollama's exact message. Ollama does not fetch URLs. */
function base64Of(part: Part): string {
  if ("data" in part) return part.data;
  throw new ProxyError(
    "bad-request",
    "image URLs are not currently supported, please use base64 encoded data instead",
  );
}

function isDataUri(text: string): boolean {
  return /^data:/i.test(text);
}

function normalizeOptions(options: unknown): unknown {
  const stop = stringAt(options, "stop");
  return isObject(options) && stop !== undefined ? { ...options, stop: [stop] } : options;
}
