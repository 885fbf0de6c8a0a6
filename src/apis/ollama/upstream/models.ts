/**
 * The models of an Ollama server, from its listings.
 *
 *     GET  /api/tags    {"models":[{"name":"m","model":"m","modified_at":"…Z","size":1,"digest":"<64 hex>",
 *                         "details":{"format":"gguf","family":"qwen3","parameter_size":"8B",…},"capabilities":["completion"]}]}
 *     GET  /api/ps      {"models":[{"name":"m","model":"m","size":1,"size_vram":1,"expires_at":"…","context_length":4096,…}]}
 *     POST /api/show    {"capabilities":["completion"],"model_info":{"qwen3.context_length":131072,…},…}
 *
 * Servers before 0.30 list neither capabilities nor context windows, so each such model is requested from
 * `/api/show`.
 */
import type { ModelInfo } from "../../../chat/model.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../../wire/json.ts";
import type { RunningModel } from "../../upstream-api.ts";
import { knownCapabilities } from "../../shared/capabilities.ts";

/** Undefined when the body is not a list of an Ollama server. Never throws. */
export function decodeTags(body: unknown): readonly ModelInfo[] | undefined {
  if (!isObject(body) || !(Array.isArray(body["models"]) || body["models"] === null)) return undefined;
  return arrayAt(body, "models").flatMap((entry) => {
    const id = stringAt(entry, "model") ?? stringAt(entry, "name");
    return id === undefined || !isObject(entry) ? [] : [decodeTag(id, entry)];
  });
}

function decodeTag(id: string, entry: JsonObject): ModelInfo {
  const details = objectAt(entry, "details") ?? {};
  const said = arrayAt(entry, "capabilities");
  const family = stringAt(details, "family") ?? "";
  return {
    id,
    contextLength: numberAt(details, "context_length"),
    capabilities: knownCapabilities(said),
    local: {
      modifiedAt: stringAt(entry, "modified_at") ?? "",
      sizeBytes: numberAt(entry, "size") ?? 0,
      digest: (stringAt(entry, "digest") ?? "").replace(/^sha256:/, ""),
      format: stringAt(details, "format") ?? "",
      family,
      families: arrayAt(details, "families").filter((name) => typeof name === "string"),
      parameterSize: stringAt(details, "parameter_size") ?? "",
      quantization: stringAt(details, "quantization_level") ?? "",
      embeddingLength: numberAt(details, "embedding_length"),
    },
  };
}

/** Undefined when the body is not a list of running models. Never throws. */
export function decodeRunning(body: unknown): readonly RunningModel[] | undefined {
  if (!isObject(body) || !(Array.isArray(body["models"]) || body["models"] === null)) return undefined;
  return arrayAt(body, "models").flatMap((entry) => {
    const id = stringAt(entry, "model") ?? stringAt(entry, "name");
    if (id === undefined || !isObject(entry)) return [];
    return [{ id, entry, expiresAtMs: Date.parse(stringAt(entry, "expires_at") ?? "") || 0 }];
  });
}

/**
 * Adds what `/api/show` reports to a model whose list entry has no capabilities and no context window. Never
 * throws.
 */
export function decodeShow(model: ModelInfo, body: unknown): ModelInfo {
  const info = objectAt(body, "model_info");
  const said = arrayAt(body, "capabilities");
  const window = Object.entries(info ?? {}).find(([key]) => key.endsWith(".context_length"))?.[1];
  return {
    ...model,
    capabilities: model.capabilities ?? knownCapabilities(said),
    contextLength: model.contextLength ?? (typeof window === "number" ? window : undefined),
  };
}
