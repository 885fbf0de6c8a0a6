/**
 * What servers with files of their own report about the file of a model.
 *
 *     {"id":"m","owned_by":"llamacpp","meta":{"n_vocab":151936,"n_ctx":16384,"n_ctx_train":40960,"n_embd":4096,
 *       "n_params":8190735360,"size":5027783488,"ftype":"Q4_K - Medium"}}              llama.cpp
 *     {"id":"m","arch":"qwen3","compatibility_type":"gguf","quantization":"Q4_K_M"}    LM Studio, /api/v0/models
 *     {"key":"m","architecture":"qwen3","format":"gguf","quantization":{"name":"Q4_K_M"},"size_bytes":5027783488,
 *       "params_string":"8B"}                                                         LM Studio, /api/v1/models
 */
import type { LocalModel } from "../../chat/model.ts";
import { type JsonObject, numberAt, objectAt, stringAt } from "../../wire/json.ts";

/** Undefined: the entry has none of these fields. */
export function decodeLocalModel(entry: JsonObject): LocalModel | undefined {
  const meta = objectAt(entry, "meta");
  const parameterCount = countAt(meta, "n_params");
  const model = {
    sizeBytes: countAt(meta, "size") ?? countAt(entry, "size_bytes"),
    // Only llama.cpp counts the vocabulary, and all its files are GGUF files.
    format:
      numberAt(meta, "n_vocab") === undefined
        ? (stringAt(entry, "compatibility_type") ?? stringAt(entry, "format"))
        : "gguf",
    family: stringAt(entry, "arch") ?? stringAt(entry, "architecture"),
    parameterSize: stringAt(entry, "params_string") ?? roundCount(parameterCount),
    parameterCount,
    quantization:
      stringAt(entry, "quantization") ??
      stringAt(objectAt(entry, "quantization"), "name") ??
      quantizationOf(stringAt(meta, "ftype")),
    embeddingLength: countAt(meta, "n_embd"),
  };
  return Object.values(model).every((value) => value === undefined) ? undefined : model;
}

/** Clients decode sizes as integers. */
function countAt(value: unknown, key: string): number | undefined {
  const count = numberAt(value, key) ?? -1;
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

const UNITS = [
  ["B", 1e9, 1],
  ["M", 1e6, 2],
  ["K", 1e3, 0],
] as const;

/** As Ollama writes it: `8B`, `8.2B`, `494.03M`. */
function roundCount(count: number | undefined): string | undefined {
  const unit = UNITS.find(([, size]) => count !== undefined && count >= size);
  if (count === undefined || unit === undefined) return undefined;
  const [letter, size, digits] = unit;
  return (count / size).toFixed(count % size === 0 ? 0 : digits) + letter;
}

const SUFFIXES: { readonly [size: string]: string } = { Small: "_S", Medium: "_M", Large: "_L" };

/** The name of a llama.cpp file type as Ollama writes it: `Q4_K - Medium` is `Q4_K_M`. */
function quantizationOf(type: string | undefined): string | undefined {
  const match = /^(?:\(guessed\) )?(?:all )?([A-Z]+[A-Z\d_]*)(?: - (Small|Medium|Large)$)?/.exec(type ?? "");
  const [, name, size = ""] = match ?? [];
  return name === undefined ? undefined : name + (SUFFIXES[size] ?? "");
}
