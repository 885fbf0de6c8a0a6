/** What differs between OpenAI-compatible providers, as data. */

/** Knobs of one provider and model; the defaults suit an unknown OpenAI-compatible host. */
export interface ProviderOptions {
  readonly maxTokensField: "max_tokens" | "max_completion_tokens";
  /** Refuses a request that sets no limit. */
  readonly needsMaxTokens: boolean;
  /** Mistral's name differs. */
  readonly seedField: "seed" | "random_seed";
  /** Sends its counts without `stream_options`, and may refuse to be asked. */
  readonly sendsUsageUnasked: boolean;
  /** `thinking`: refuses to think, or to answer at all, unless the reply is streamed. */
  readonly streams: "as-asked" | "thinking";
  /** Samplers beyond OpenAI's that the host takes, by its own name for each. */
  readonly samplers: { readonly [sampler in ExtraSampler]?: string };
  /** Fields of the body that must not be sent. */
  readonly refuses: readonly string[];
  readonly mostStops: number | undefined;
  readonly largestTemperature: number | undefined;
  readonly thinking: ThinkingSwitch;
  /** Efforts that the model knows; undefined: all, as far as anybody knows. */
  readonly efforts: readonly string[] | undefined;
  /** The field in which the host wants an assistant's earlier thinking back; undefined: not at all. */
  readonly reasoningHistory: string | undefined;
  /** What it gets there on a message with tool calls whose thinking is gone; undefined: nothing. */
  readonly reasoningFiller: string | undefined;
  /** What a tool call in the history gets as `extra_content` when the provider's own is gone. */
  readonly callExtraFiller: object | undefined;
  /** How a JSON schema is asked for. */
  readonly schema: "json-schema" | "json-object" | "instruct";
  /** How JSON without a schema is asked for. */
  readonly plainJson: "json-object" | "json-schema" | "instruct";
  /** What tool ids may look like: `nine` letters and digits, `word` characters, or anything. */
  readonly toolIds: "any" | "nine" | "word";
  /** How the parameters of tools are described: as the client did, or in the few keywords that every host knows. */
  readonly toolSchemas: "as-sent" | "plain";
  /** Knows `strict` in a tool. */
  readonly strictTools: boolean;
  /** Wants `tools`, be it empty, as soon as the history holds a call. */
  readonly toolsWithHistory: boolean;
  /** The content of an assistant who only calls tools. */
  readonly emptyContent: "text" | "null" | "absent";
  /** Takes but one system message, at the beginning. */
  readonly systemFirst: boolean;
  /** Refuses a conversation in which no user speaks. */
  readonly needsUser: boolean;
  /** A user may not speak right after a tool. */
  readonly bridgesToolToUser: boolean;
  /** The same role may not speak twice in a row. */
  readonly mergesRoles: boolean;
  /** What marks a last message of the assistant as one to go on with: fields of the message, and of the body. */
  readonly prefill: { readonly message?: object; readonly body?: object };
  /** Begins its reply with the last message of the assistant, word for word. */
  readonly echoesPrefill: boolean;
  /** Sends all of the text so far with every frame. */
  readonly cumulative: boolean;
  /** Whether the reply may begin with thinking between tags, or begins inside it. */
  readonly thinkTags: "auto" | "opened" | "never";
  /** Most inputs of one embeddings request. */
  readonly embedBatch: number;
  /** The header that carries the secret; Anthropic's list of models wants its own beside the usual one. */
  readonly auth: "bearer" | "api-key" | "anthropic";
  /** Whether the host's own `/responses` is asked, or its chat completions in place of it. */
  readonly responses: "translate" | "relay";
  /** Where text is continued or filled in, relative to the base. */
  readonly completionsPath: string;
  /** Where the list of models is, relative to the base; the first that answers counts. */
  readonly modelLists: readonly string[];
}

type ExtraSampler = "topK" | "minP" | "typicalP" | "repeatPenalty" | "repeatLastN";

/** How a host is told to think, or not to. */
export type ThinkingSwitch =
  | { readonly style: "none" }
  /** `reasoning_effort` with a level. */
  | { readonly style: "effort" }
  /** `reasoning` with an effort, or switched off. */
  | { readonly style: "reasoning-object" }
  /** `thinking` with a number of tokens. */
  | { readonly style: "budget" }
  /** Fields of the host's own, `effort` with `reasoning_effort` beside them. */
  | { readonly style: "switch"; readonly on: object; readonly off: object; readonly effort?: boolean };

export const DEFAULT_OPTIONS: ProviderOptions = {
  maxTokensField: "max_tokens",
  needsMaxTokens: false,
  seedField: "seed",
  sendsUsageUnasked: false,
  streams: "as-asked",
  samplers: {},
  refuses: [],
  mostStops: undefined,
  largestTemperature: undefined,
  thinking: { style: "none" },
  efforts: undefined,
  reasoningHistory: undefined,
  reasoningFiller: undefined,
  callExtraFiller: undefined,
  schema: "json-schema",
  plainJson: "json-object",
  toolIds: "any",
  toolSchemas: "as-sent",
  strictTools: true,
  toolsWithHistory: false,
  emptyContent: "text",
  systemFirst: false,
  needsUser: false,
  bridgesToolToUser: false,
  mergesRoles: false,
  prefill: {},
  echoesPrefill: false,
  cumulative: false,
  thinkTags: "auto",
  embedBatch: 64,
  auth: "bearer",
  responses: "translate",
  completionsPath: "completions",
  modelLists: ["models"],
};
