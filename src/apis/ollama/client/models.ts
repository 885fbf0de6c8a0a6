/**
 * Ollama's listings: `/api/tags` and `/api/ps`.
 *
 *     {"models":[{"name":"m","model":"m","modified_at":"…Z","size":1,"digest":"<64 hex>","details":{"parent_model":"",
 *       "format":"gguf","family":"qwen3","families":["qwen3"],"parameter_size":"8B","quantization_level":"Q4_K_M",
 *       "context_length":131072},"capabilities":["completion","tools"]}]}
 *
 * Strict clients decode these into types: nothing is null, every number is an integer, every text is present
 * (Zed, koog, Roo, OllamaKit). `name` and `model` are equal, because some clients show one and some the
 * other.
 *
 * Most hosted models have no known size, format or quantization. These are 0 or empty, and Open WebUI, oterm, gollama and the others show
 * nothing then. The digest is derived from the name and never changes, because Ollama's command line crashes without one. `remote_model`
 * is left out, because `ollama launch` does not offer models that have it.
 */
import type { ListedModel } from "../../../chat/model.ts";
import { familyOf } from "./family.ts";
import type { JsonObject } from "../../../wire/json.ts";
import { hexDigest } from "./digest.ts";

export interface LoadedModel extends ListedModel {
  /** RFC 3339. */
  readonly expiresAt: string;
}

export function encodeTags(models: readonly ListedModel[]): object {
  return { models: models.map(encodeTag) };
}

function encodeTag(listed: ListedModel): object {
  const { name, model, modifiedAt } = listed;
  const details = { ...encodeDetails(listed), context_length: model.contextLength };
  const length = model.local?.embeddingLength;
  const embedding = length === undefined ? {} : { embedding_length: length };
  return {
    name,
    model: name,
    modified_at: modifiedAt,
    size: sizeOf(listed),
    digest: digestOf(listed),
    details: { ...details, ...embedding },
    capabilities: model.capabilities,
  };
}

/**
 * `size_vram` is the whole size, because clients warn of a slow model otherwise. Without a known size it is 1: Ollama's command line shows
 * the processor `100% CPU` for 0, and `Unknown` for more than the size.
 */
export function encodeLoadedModel(listed: LoadedModel): object {
  return {
    name: listed.name,
    model: listed.name,
    size: sizeOf(listed),
    digest: digestOf(listed),
    details: encodeDetails(listed),
    expires_at: listed.expiresAt,
    size_vram: sizeOf(listed) || 1,
    context_length: listed.model.contextLength,
  };
}

/** An entry of a real server's list, under this proxy's name for the model. */
export function encodeRunningModel(name: string, entry: JsonObject): object {
  return { ...entry, name, model: name };
}

/** Never empty: Copilot looks for the context window under this name. */
export function architectureOf({ model }: ListedModel): string {
  return nonEmpty(model.local?.family) ?? familyOf(model.id);
}

export function encodeDetails(listed: ListedModel): object {
  const { id, local } = listed.model;
  const architecture = architectureOf(listed);
  const families = local?.families ?? [];
  return {
    parent_model: "",
    format: local?.format ?? "",
    family: architecture,
    families: families.length > 0 ? families : [architecture],
    parameter_size: nonEmpty(local?.parameterSize) ?? parameterSizeIn(id) ?? "",
    quantization_level: local?.quantization ?? "",
  };
}

/** The size in the name of a model: 70B in `llama-3.3-70b`. */
function parameterSizeIn(id: string): string | undefined {
  const [, number, unit] = /(?:^|[-_:/])(\d+(?:\.\d+)?)([bm])(?![a-z])/i.exec(id) ?? [];
  return number === undefined || unit === undefined ? undefined : number + unit.toUpperCase();
}

/** Undefined: unknown. */
export function parameterCount({ model: { id, local } }: ListedModel): number | undefined {
  if (local?.parameterCount !== undefined) return local.parameterCount;
  const size = nonEmpty(local?.parameterSize) ?? parameterSizeIn(id) ?? "";
  const scale = SCALES[size.slice(-1).toUpperCase()];
  const count = Math.round(Number.parseFloat(size) * (scale ?? 0));
  return count > 0 ? count : undefined;
}

const SCALES: { readonly [unit: string]: number } = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

function sizeOf({ model }: ListedModel): number {
  return model.local?.sizeBytes ?? 0;
}

function digestOf({ name, model }: ListedModel): string {
  const said = model.local?.digest ?? "";
  return /^[0-9a-f]{64}$/i.test(said) ? said : hexDigest(name.replace(/:latest$/, ""));
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
