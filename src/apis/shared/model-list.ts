/**
 * The model lists of OpenAI-compatible providers, `GET {base}/models`.
 *
 *     {"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"x"}]}      OpenAI and most
 *     [{"id":"m","type":"chat","context_length":131072}]                                     Together, GitHub Models
 *     {"data":[{"id":"m","context_length":1,"supported_parameters":["tools","reasoning"],    OpenRouter
 *       "architecture":{"input_modalities":["text","image"]},"pricing":{"prompt":"0.000003","completion":"0.000015"}}]}
 *     {"data":[{"id":"m","max_context_length":1,"capabilities":{"function_calling":true}}]}  Mistral
 *     {"models":[{"key":"m","type":"llm","max_context_length":1,"capabilities":["tool_use"]}]}  LM Studio
 *     {"data":[{"model_name":"m","model_info":{"max_input_tokens":1,"mode":"chat"}}]}        LiteLLM, /model/info
 *     {"models":[{"slug":"m","display_name":"M"}]}                                           providers for Codex
 *     {"result":[{"id":"m"}]}  {"code":0,"data":{"models":[{"id":"m"}]}}                     gateways that wrap every reply
 *
 * Providers use many names and places for everything except the id. Every known name is read in every known
 * place. Models that can neither chat nor embed are omitted.
 */
import type { Capability, ModelInfo } from "../../chat/model.ts";
import type { ModelSigns } from "../../options/resolve.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../wire/json.ts";
import { decodePrices } from "./list-prices.ts";
import { decodeLocalModel } from "./local-model.ts";

/** Undefined: the body is not a model list. Never throws. */
export function decodeModels(body: unknown): readonly ModelInfo[] | undefined {
  const list = listIn(body);
  if (list === undefined) return undefined;
  const models = new Map<string, ModelInfo>();
  for (const entry of list) {
    const model = decodeModel(entry);
    if (model !== undefined && !models.has(model.id)) models.set(model.id, model);
  }
  return [...models.values()];
}

/** The query of the next page, without a question mark; undefined: this is the last page. */
export function nextPage(body: unknown): string | undefined {
  const token = stringAt(body, "next_page_token");
  if (token !== undefined && token !== "") return `page_token=${encodeURIComponent(token)}`;
  const last = stringAt(body, "last_id");
  const hasMore = isObject(body) && body["has_more"] === true;
  return hasMore && last !== undefined ? `after_id=${encodeURIComponent(last)}` : undefined;
}

/** Some programs set the owner to their own name. Never throws. */
export function decodeSigns(body: unknown): readonly ModelSigns[] {
  return (listIn(body) ?? []).map((entry) => ({
    owner: stringAt(entry, "owned_by"),
    createdAtSeconds: numberAt(entry, "created"),
  }));
}

const LIST_KEYS = ["data", "models", "model_list", "result", "results", "items", "body"];

function listIn(body: unknown): readonly unknown[] | undefined {
  if (Array.isArray(body)) return body;
  if (!isObject(body)) return undefined;
  const values = LIST_KEYS.map((key) => body[key]);
  const list = [...values, ...values.flatMap(membersOfWrapper)].find((value) => Array.isArray(value));
  if (Array.isArray(list)) return list;
  // Providers written in Go send null for an empty list.
  return body["data"] === null ? [] : undefined;
}

/** The lists of `{"data":{"models":[…]}}`. */
function membersOfWrapper(value: unknown): readonly unknown[] {
  return isObject(value) ? LIST_KEYS.map((key) => value[key]) : [];
}

function decodeModel(entry: unknown): ModelInfo | undefined {
  const fields: JsonObject = typeof entry === "string" ? { id: entry } : isObject(entry) ? entry : {};
  const id = ["id", "model_id", "model_name", "key", "slug", "name", "model"]
    .map((key) => stringAt(fields, key))
    .find((name) => name !== undefined && name !== "")
    ?.replace(/^models\//, "");
  if (id === undefined) return undefined;
  const kind = kindOf(id, fields);
  if (kind === "other") return undefined;
  const parameters = fields["supported_parameters"];
  const capabilities =
    kind === "embedding"
      ? (["embedding"] as const)
      : capabilitiesIn(fields, kind === "chat" || Array.isArray(parameters));
  const hasNoTools = Array.isArray(parameters) && capabilities?.includes("tools") !== true;
  return {
    id,
    contextLength: firstCount(fields, CONTEXT_KEYS),
    outputLength: firstCount(fields, OUTPUT_KEYS),
    capabilities,
    ...(hasNoTools ? { hasNoTools } : {}),
    createdAtSeconds: createdAt(fields["created"] ?? fields["created_at"]),
    prices: decodePrices(fields),
    local: decodeLocalModel(fields),
  };
}

const CONTEXT_KEYS = [
  "context_length",
  "context_window",
  "context_size",
  "max_context_length",
  "max_model_len",
  "max_position_embeddings",
  "max_context_window_tokens",
  "availableContextTokens",
  "max_input_tokens",
  "max_prompt_tokens",
  "max_sequence_length",
  "max_seq_len",
  "n_ctx",
  "n_ctx_train",
  "ctx_size",
];
const OUTPUT_KEYS = [
  "max_completion_tokens",
  "max_output_tokens",
  "max_output_length",
  "max_output",
  "maxCompletionTokens",
  "max_tokens",
];

/** The entry, and the objects inside it in which providers give limits and capabilities. */
function placesIn(fields: JsonObject): readonly JsonObject[] {
  const capabilities = objectAt(fields, "capabilities");
  const spec = objectAt(fields, "model_spec");
  return [
    fields,
    ...[
      "top_provider",
      "metadata",
      "meta",
      "limits",
      "limit",
      "model_spec",
      "model_info",
      "architecture",
    ].map((key) => objectAt(fields, key)),
    capabilities,
    objectAt(capabilities, "limits"),
    objectAt(capabilities, "supports"),
    objectAt(spec, "capabilities"),
    ...arrayAt(fields, "providers").filter(isObject).slice(0, 1),
    ...arrayAt(fields, "loaded_instances").filter(isObject).slice(0, 1),
  ].filter((place) => place !== undefined);
}

function firstCount(fields: JsonObject, keys: readonly string[]): number | undefined {
  for (const place of placesIn(fields)) {
    for (const key of keys) {
      const value = place[key];
      const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
      if (typeof count === "number" && Number.isInteger(count) && count > 0) return count;
    }
  }
  return undefined;
}

type Kind = "chat" | "embedding" | "other" | "unsaid";

/** Words with which providers name the purpose of a model. */
const KIND_WORDS: readonly (readonly [pattern: RegExp, kind: Kind])[] = [
  [/^embeddings?$/, "embedding"],
  [/^(?:chat|llm|vlm|language|text|code|text-generation|completion|responses)$/, "chat"],
  [
    /^(?:image|images|audio|video|speech|rerank|reranker|moderation|transcribe|transcription|tts|stt|asr|ocr|image_generation|audio_transcription|audio_speech|vision-embedding|upscale|inpaint|music)$/,
    "other",
  ],
];
/** Model names that show the purpose when the list does not give it. */
const KIND_NAMES: readonly (readonly [pattern: RegExp, kind: Kind])[] = [
  [/(?:^|[-_/.])(?:rerank|reranker)/i, "other"],
  [/embed|(?:^|[-/])(?:bge|gte|e5|minilm)(?:[-:.]|$)/i, "embedding"],
  [
    /whisper|(?:^|[-_/.])(?:tts|asr|stt|ocr|sora|veo|imagen|dall-e|flux|cogview|cogvideox|wanx|paraformer|cosyvoice|sambert|kolors|davinci-002|babbage-002)(?:[-_/.\d]|$)|stable-diffusion|moderation|image-(?:preview|generation|edit)|gpt-image|(?:qwen|z|hunyuan)-image|(?:^|[-_/])(?:video|t2v|i2v)(?:[-_/.\d]|$)|-realtime|-transcribe/i,
    "other",
  ],
];

function kindOf(id: string, fields: JsonObject): Kind {
  const words = ["type", "mode", "sub_type", "task"]
    .flatMap((key) => [stringAt(fields, key), stringAt(objectAt(fields, "model_info"), key)])
    .filter((word) => word !== undefined)
    .concat(stringsIn(fields["tags"]));
  for (const [pattern, kind] of KIND_WORDS) {
    if (words.some((word) => pattern.test(word.toLowerCase()))) return kind;
  }
  const output = stringsIn(
    objectAt(fields, "architecture")?.["output_modalities"] ?? fields["output_modalities"],
  );
  if (output.length > 0 && !output.includes("text"))
    return output.includes("embeddings") ? "embedding" : "other";
  if (objectAt(fields, "capabilities")?.["completion_chat"] === true) return "chat";
  return KIND_NAMES.find(([pattern]) => pattern.test(id))?.[1] ?? "unsaid";
}

/** Words for a capability, in lists of words or as names of flags. */
const ABILITY_WORDS: readonly (readonly [capability: Capability, words: RegExp])[] = [
  [
    "tools",
    /^(?:tools?|tool[_-]?(?:calls?|calling|use)|function[_-]?calling|supports?_?(?:tools?|tool_?calls?|function_?calling))$/i,
  ],
  [
    "vision",
    /^(?:vision|image|images|image[_-]?input|multimodal|supports?_?(?:vision|image_?(?:input|in)))$/i,
  ],
  [
    "thinking",
    /^(?:reasoning|thinking|include_reasoning|reasoning_effort|supports?_?(?:reasoning|thinking))$/i,
  ],
  ["insert", /^(?:fim|completion_fim|supports_fim)$/i],
];

/** Undefined: the provider gives no capabilities. `isComplete`: a list without a known word says that the model can only chat. */
function capabilitiesIn(fields: JsonObject, isComplete: boolean): readonly Capability[] | undefined {
  const said = new Set<string>();
  const lists = [
    fields["supported_parameters"],
    fields["supported_features"],
    fields["features"],
    fields["capabilities"],
    fields["tags"],
    fields["input_modalities"],
    fields["supported_input_modalities"],
    objectAt(fields, "architecture")?.["input_modalities"],
    objectAt(fields, "metadata")?.["tags"],
  ].filter((list) => Array.isArray(list));
  for (const word of lists.flatMap(stringsIn)) said.add(word);
  let hasFlags = false;
  for (const place of placesIn(fields)) {
    for (const [key, value] of Object.entries(place)) {
      if (typeof value !== "boolean" || !ABILITY_WORDS.some(([, words]) => words.test(snake(key)))) continue;
      hasFlags = true;
      if (value) said.add(snake(key));
    }
  }
  if (lists.length === 0 && !hasFlags) return undefined;
  const found = ABILITY_WORDS.filter(([, words]) => [...said].some((word) => words.test(word)));
  // A provider that only gives modalities does not rule out tools.
  if (found.length === 0 && !hasFlags && !isComplete) return undefined;
  return ["completion", ...found.map(([capability]) => capability)];
}

function snake(key: string): string {
  return key.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}

function stringsIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((word) => typeof word === "string") : [];
}

function createdAt(value: unknown): number | undefined {
  if (typeof value === "number")
    return value > 1e11 ? Math.floor(value / 1000) : value > 0 ? value : undefined;
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
