/**
 * The neutral form of a chat request.
 *
 * Only what the client set is present. An absent member means the provider's default.
 */

export interface ChatRequest {
  /** The model as the client named it. The encoder writes the provider's own name. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly stream: boolean;
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice | undefined;
  readonly parallelToolCalls?: boolean | undefined;
  readonly sampling: Sampling;
  readonly format?: OutputFormat | undefined;
  readonly reasoning?: Reasoning | undefined;
  /** Parameters by Ollama's names, for Ollama servers. `sampling` takes precedence. */
  readonly ollamaOptions?: { readonly [name: string]: unknown } | undefined;
  /** Text to continue, instead of the messages. */
  readonly completion?: Completion | undefined;
  /** Alternatives per token. 0: only the chosen token. */
  readonly topLogprobs?: number | undefined;
}

interface Completion {
  readonly prompt: string;
  /** The text after the gap. Empty when there is none. */
  readonly suffix: string;
}

export type Message =
  | { readonly role: "system"; readonly text: string }
  | { readonly role: "user"; readonly parts: readonly Part[] }
  | {
      readonly role: "assistant";
      readonly text: string;
      readonly reasoning?: string | undefined;
      /** Signature of the reasoning. Only the provider that made it can read it. */
      readonly signature?: string | undefined;
      /** What the provider attached to the message and expects back unchanged. */
      readonly attached?: JsonSchema | undefined;
      readonly toolCalls: readonly ToolCall[];
    }
  | {
      readonly role: "tool";
      /** Absent when the client keeps no ids. The result then belongs to a call by name, or by order. */
      readonly toolCallId?: string | undefined;
      readonly toolName?: string | undefined;
      readonly parts: readonly Part[];
    };

export type Part =
  | { readonly type: "text"; readonly text: string }
  /** `data` is standard base64 without a data-URI prefix. */
  | { readonly type: "image"; readonly mediaType: string; readonly data: string }
  | { readonly type: "image-url"; readonly url: string }
  | { readonly type: "audio"; readonly mediaType: string; readonly data: string }
  /** A document, such as a PDF, for models that can read it. */
  | { readonly type: "file"; readonly mediaType: string; readonly data: string; readonly name: string };

export interface ToolCall {
  readonly id?: string | undefined;
  readonly name: string;
  /** JSON text of an object. It contains no halves of characters. */
  readonly arguments: string;
  /** What the provider attached to the call and expects back unchanged. */
  readonly extra?: JsonSchema | undefined;
}

export interface Tool {
  readonly name: string;
  readonly description?: string | undefined;
  readonly parameters?: JsonSchema | undefined;
  readonly strict?: boolean | undefined;
}

export type ToolChoice = "auto" | "none" | "required" | { readonly name: string };

export interface Sampling {
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly minP?: number | undefined;
  readonly typicalP?: number | undefined;
  readonly seed?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  /** Multiplicative, with 1 as the neutral value. It cannot be converted to the additive penalties above. */
  readonly repeatPenalty?: number | undefined;
  readonly repeatLastN?: number | undefined;
}

export type OutputFormat =
  | { readonly type: "json" }
  | {
      readonly type: "json-schema";
      readonly schema: JsonSchema;
      readonly name?: string | undefined;
      readonly strict?: boolean | undefined;
    };

/** `on` leaves the effort to the provider. */
export type Reasoning = "off" | "on" | "low" | "medium" | "high" | "max";

/** The client's JSON schema, passed on without being interpreted. */
type JsonSchema = { readonly [key: string]: unknown };
