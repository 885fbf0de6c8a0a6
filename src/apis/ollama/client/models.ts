/**
 * Ollama's listings: `/api/tags` and `/api/ps`.
 *
 *     {"models":[{"name":"m","model":"m","modified_at":"…Z","size":1,"digest":"<64 hex>","details":{"parent_model":"",
 *       "format":"gguf","family":"qwen3","families":["qwen3"],"parameter_size":"8B","quantization_level":"Q4_K_M",
 *       "context_length":131072},"capabilities":["completion","tools"]}]}
 *
 * Strict clients decode these into types: nothing is null, every number is an integer, every text is present
 * (Zed, koog, Roo, OllamaKit). `name` and `model` are equal, because some clients show one and some the
 * other. A remote model has no size and no digest. They are derived from its name and never change.
 */
import type { ListedModel } from "../../../chat/model.ts";
import { familyOf } from "./family.ts";
import { hexDigest } from "./digest.ts";

export interface RunningModel extends ListedModel {
  /** RFC 3339. */
  readonly expiresAt: string;
}

export function encodeTags(models: readonly ListedModel[]): object {
  return { models: models.map(encodeTag) };
}

function encodeTag(listed: ListedModel): object {
  const { name, model, modifiedAt } = listed;
  const details = { ...encodeDetails(listed), context_length: model.contextLength };
  // A real server that does not list the length may not have it, so no value is invented.
  const embedding =
    model.local === undefined || model.local.embeddingLength !== undefined
      ? { embedding_length: embeddingLengthOf(listed) }
      : {};
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

/** `size_vram` is the whole size, because clients warn of a slow model otherwise. */
export function encodePs(models: readonly RunningModel[]): object {
  return {
    models: models.map((listed) => ({
      name: listed.name,
      model: listed.name,
      size: sizeOf(listed),
      digest: digestOf(listed),
      details: encodeDetails(listed),
      expires_at: listed.expiresAt,
      size_vram: sizeOf(listed),
      context_length: listed.model.contextLength,
    })),
  };
}

interface Identity {
  readonly architecture: string;
  readonly parameterSize: string;
}

/** The architecture and the size that clients show. */
export function identityOf({ model }: ListedModel): Identity {
  const said = model.local;
  return {
    architecture: nonEmpty(said?.family) ?? familyOf(model.id),
    parameterSize: nonEmpty(said?.parameterSize) ?? parameterSizeIn(model.id),
  };
}

export function encodeDetails(listed: ListedModel): object {
  const { architecture, parameterSize } = identityOf(listed);
  const said = listed.model.local;
  return {
    parent_model: "",
    format: nonEmpty(said?.format) ?? "gguf",
    family: architecture,
    families: said !== undefined && said.families.length > 0 ? said.families : [architecture],
    parameter_size: parameterSize,
    quantization_level: nonEmpty(said?.quantization) ?? "F16",
  };
}

/** Used when the name has no size. Most hosted models are large. */
const DEFAULT_SIZE = "100B";

function parameterSizeIn(id: string): string {
  const size = /(?:^|[-_:/])(\d+(?:\.\d+)?)([bm])(?![a-z])/i.exec(id);
  return size === null ? DEFAULT_SIZE : `${size[1]}${(size[2] ?? "").toUpperCase()}`;
}

export function parameterCount(listed: ListedModel): number {
  const { parameterSize } = identityOf(listed);
  const scale = /k/i.test(parameterSize) ? 1e3 : /m/i.test(parameterSize) ? 1e6 : 1e9;
  return Math.max(1, Math.round((Number.parseFloat(parameterSize) || 1) * scale));
}

/** Two bytes per parameter. */
function sizeOf(listed: ListedModel): number {
  return listed.model.local?.sizeBytes || 2 * parameterCount(listed);
}

function digestOf({ name, model }: ListedModel): string {
  const said = model.local?.digest ?? "";
  return /^[0-9a-f]{64}$/i.test(said) ? said : hexDigest(name.replace(/:latest$/, ""));
}

const DEFAULT_EMBEDDING_LENGTH = 4096;

export function embeddingLengthOf({ model }: ListedModel): number {
  return model.local?.embeddingLength ?? DEFAULT_EMBEDDING_LENGTH;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
