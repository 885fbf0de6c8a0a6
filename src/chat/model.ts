/** What is known of a provider's model. The routes that list and show models are made from it. */

/** Ollama's values. Other values break strict clients: JetBrains' koog decodes a closed enum. */
export const CAPABILITIES = ["completion", "tools", "insert", "vision", "embedding", "thinking"] as const;

export type Capability = (typeof CAPABILITIES)[number];

export interface ModelInfo {
  /** The provider's name of the model. */
  readonly id: string;
  /** Tokens, input and output together. */
  readonly contextLength?: number | undefined;
  /** The longest reply, in tokens. */
  readonly outputLength?: number | undefined;
  /** Absent: unknown. */
  readonly capabilities?: readonly Capability[] | undefined;
  readonly createdAtSeconds?: number | undefined;
  /** Only real Ollama servers report these. */
  readonly local?: LocalModel | undefined;
}

/** What an Ollama server reports about a model on its disk, as in `/api/tags`. */
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

/** A model under the name that clients see, such as `[aliyun]-qwen3-max`. */
export interface ListedModel {
  readonly name: string;
  readonly model: DescribedModel;
  /** RFC 3339. */
  readonly modifiedAt: string;
}

export interface DescribedModel extends ModelInfo {
  readonly contextLength: number;
  readonly capabilities: readonly Capability[];
  /** The capabilities are guessed. */
  readonly isGuess: boolean;
}
