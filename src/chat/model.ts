/** What is known of a provider's model. The routes that list and show models are made from it. */
import type { Prices } from "./prices.ts";

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
  /** The provider lists what the model accepts, and tools are not in it. */
  readonly hasNoTools?: true | undefined;
  /** Absent: unknown. */
  readonly prices?: Prices | undefined;
  readonly createdAtSeconds?: number | undefined;
  /** Absent: the provider says nothing about the model's file. */
  readonly local?: LocalModel | undefined;
}

/** What the server that has the file of a model reports about it. Absent fields are unknown. */
export interface LocalModel {
  /** RFC 3339. */
  readonly modifiedAt?: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** 64 hex digits. */
  readonly digest?: string | undefined;
  readonly format?: string | undefined;
  readonly family?: string | undefined;
  readonly families?: readonly string[] | undefined;
  /** As Ollama writes it, such as `8.2B`. */
  readonly parameterSize?: string | undefined;
  readonly parameterCount?: number | undefined;
  readonly quantization?: string | undefined;
  readonly embeddingLength?: number | undefined;
}

/** A model under the name that clients see, such as `[aliyun]-qwen3-max`. */
export interface ListedModel {
  readonly name: string;
  readonly model: DescribedModel;
  /** RFC 3339. */
  readonly modifiedAt: string;
}

/** Who says it: the configuration, the provider's list, the table of public models, or nobody. */
export type FactSource = "configuration" | "provider" | "known models" | "guess";

export interface DescribedModel extends ModelInfo {
  readonly contextLength: number;
  readonly capabilities: readonly Capability[];
  /** Nothing is known of the window, so it is a default. */
  readonly isWindowGuess: boolean;
  /** The capabilities are guessed. */
  readonly isGuess: boolean;
  readonly contextSource: FactSource;
  readonly capabilitySource: FactSource;
}
