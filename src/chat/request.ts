/**
 * What a client asks for, free of any wire format.
 *
 * Only what the client set is present: absent means "the provider's default", never ours.
 */

export interface ChatRequest {
  /** The model as the client named it; the provider's own name is put in when the request is encoded. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly stream: boolean;
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice | undefined;
  readonly parallelToolCalls?: boolean | undefined;
  readonly sampling: Sampling;
  readonly format?: OutputFormat | undefined;
  readonly reasoning?: Reasoning | undefined;
  /** Text to be continued as it is, in place of the messages. */
  readonly completion?: Completion | undefined;
  /** How many alternatives per token; 0 asks for the chosen token alone. */
  readonly topLogprobs?: number | undefined;
}

interface Completion {
  readonly prompt: string;
  /** What comes after the gap; empty when the text is open at its end. */
  readonly suffix: string;
}

export type Message =
  | { readonly role: "system"; readonly text: string }
  | { readonly role: "user"; readonly parts: readonly Part[] }
  | {
      readonly role: "assistant";
      readonly text: string;
      readonly reasoning?: string | undefined;
      /** Proof of the reasoning, which only the provider that made it can read. */
      readonly signature?: string | undefined;
      /** What the provider attached to the message and wants back, unread. */
      readonly attached?: JsonSchema | undefined;
      readonly toolCalls: readonly ToolCall[];
    }
  | {
      readonly role: "tool";
      /** Absent when the client does not track ids: the result then answers by name, or by order. */
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
  /** A document, such as a PDF, for models that read those. */
  | { readonly type: "file"; readonly mediaType: string; readonly data: string; readonly name: string };

export interface ToolCall {
  readonly id?: string | undefined;
  readonly name: string;
  /** JSON text of an object. */
  readonly arguments: string;
  /** What the provider attached to the call and wants back, unread. */
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
  /** Multiplicative, 1 is neutral; not convertible to the additive penalties above. */
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

/** JSON schema as the client wrote it; it is passed on, not understood. */
type JsonSchema = { readonly [key: string]: unknown };
