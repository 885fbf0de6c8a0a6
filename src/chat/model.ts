/** A model of a provider, as far as we know it: what the list, show and tags routes render. */

/** Ollama's words; other values break strict clients (JetBrains' koog decodes a closed enum). */
export const CAPABILITIES = ["completion", "tools", "insert", "vision", "embedding", "thinking"] as const;

export type Capability = (typeof CAPABILITIES)[number];

export interface ModelInfo {
  /** The provider's own name for it. */
  readonly id: string;
  /** Tokens, input and output together. */
  readonly contextLength?: number | undefined;
  /** Most tokens of one reply. */
  readonly outputLength?: number | undefined;
  /** Absent: nobody said. */
  readonly capabilities?: readonly Capability[] | undefined;
  readonly createdAtSeconds?: number | undefined;
  /** Only real Ollama servers know these. */
  readonly local?: LocalModel | undefined;
}

/** What an Ollama server tells about a model on its disk, field for field as in `/api/tags`. */
interface LocalModel {
  readonly modifiedAt: string;
  readonly sizeBytes: number;
  /** 64 hex digits. */
  readonly digest: string;
  readonly format: string;
  readonly family: string;
  readonly families: readonly string[];
  readonly parameterSize: string;
  readonly quantization: string;
  readonly embeddingLength?: number | undefined;
}

/** A model as clients get to see it: described in full, under its shown name, e.g. `[aliyun]-qwen3-max`. */
export interface ListedModel {
  readonly name: string;
  readonly model: DescribedModel;
  /** RFC 3339. */
  readonly modifiedAt: string;
}

export interface DescribedModel extends ModelInfo {
  readonly contextLength: number;
  readonly capabilities: readonly Capability[];
  /** Nobody said what the model can do: the capabilities are likely, not known. */
  readonly isGuess: boolean;
}
