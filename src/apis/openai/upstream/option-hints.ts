/**
 * Error responses that can be fixed by other options. The provider requires the conversation in another
 * format.
 *
 *     Tool call id was X but must be a-z, A-Z, 0-9, with a length of 9.            Mistral
 *     Unexpected role 'user' after role 'tool'                                     Mistral
 *     Conversation roles must alternate user/assistant/user/assistant/...          templates behind vLLM and llama.cpp
 *     System message must be at the beginning.                                     Qwen's template
 *     thinking is enabled but reasoning_content is missing in assistant tool call  Moonshot, DeepSeek
 *     Function call is missing a thought_signature in functionCall parts           Gemini
 */
import type { ProviderOptions } from "../../../options/options.ts";
import { type JsonObject, objectAt, stringAt } from "../../../wire/json.ts";

/** `about` matches errors about the content of one request, which say nothing about others. */
type Hint = readonly [error: RegExp, options: Partial<ProviderOptions>, about?: RegExp];

export interface HintedOptions {
  readonly options: Partial<ProviderOptions>;
  /** The error is about the content of this request. */
  readonly isOnce: boolean;
}

const HINTS: readonly Hint[] = [
  [/with a length of 9\b/, { toolCallIdFormat: "alnum9" }],
  [/after role ['"`]?tool\b/i, { requiresAssistantAfterToolResult: true }],
  [/(?:should|must) alternate/i, { requiresAlternatingRoles: true, singleLeadingSystemMessage: true }],
  [
    /system (?:message|role|prompt).{0,40}(?:beginning|first|start)|first message.{0,60}\bsystem|unexpected role ['"`]?system/i,
    { singleLeadingSystemMessage: true },
  ],
  [
    /(?:only one|only a single|a single|multiple|more than one|at most one|several|too many) [`'"]?system[`'"]? (?:message|prompt|role|instruction)/i,
    { singleLeadingSystemMessage: true },
  ],
  [
    /reasoning_content.{0,60}(?:is missing|must be passed back)/is,
    { reasoningHistoryField: "reasoning_content", reasoningHistoryPlaceholder: " " },
  ],
  [
    /missing a `?thought_signature/i,
    { missingThoughtSignature: { google: { thought_signature: "skip_thought_signature_validator" } } },
  ],
  [
    /Unknown name "[^"]{1,100}" at '(?:request\.)?tools|\$schema|\$ref\b/,
    { toolSchemas: "simplified", supportsStrictTools: false },
    /\$ref.{0,120}(?:not found|not exist|resolv|invalid|nowhere)|resolv.{0,120}\$ref/is,
  ],
  [
    /tools?\b.{0,60}\bstrict\b|\bstrict\b.{0,60}(?:not supported|not permitted)/is,
    { supportsStrictTools: false },
    /valid boolean|be a boolean|a boolean or|expected (?:a )?bool/i,
  ],
  [
    /tools= ?param|must define tools|without `?tools`? (?:param|being)/i,
    { requiresToolsWithToolHistory: true },
  ],
  [/max_tokens.{0,40}(?:required|missing)/is, { requiresMaxTokens: true }],
  [
    /(?:at least one|no) user (?:message|query)|contents? (?:is|are) (?:required|not specified)/i,
    { requiresUserMessage: true },
  ],
  [/content.{0,60}(?:non-?empty|not be empty|cannot be empty)/is, { emptyContent: "null" }],
  [/chat_template(?:_kwargs)? is not supported/i, { thinking: "none" }],
];

/** The next simpler way to request JSON when the provider does not support the current one. */
const SIMPLER_MODE = { "json-schema": "json-object", "json-object": "instruct" } as const;

/** The options that the text requires; undefined: they are already set, or the text requires none. */
export function findHintedOptions(
  text: string,
  body: JsonObject,
  options: ProviderOptions,
): HintedOptions | undefined {
  for (const [error, required, about] of HINTS) {
    if (
      error.test(text) &&
      Object.entries(required).some(([key, value]) => valueOf(options, key) !== value)
    ) {
      return { options: required, isOnce: about?.test(text) === true };
    }
  }
  const format = findFormat(text, body, options);
  return format === undefined ? undefined : { options: format, isOnce: !isAboutFormat(text) };
}

/** The provider does not know the field, or this type of format. */
const UNKNOWN_FORMAT =
  /(?:not|n't) (?:yet |currently |been )?(?:support|allow|permit|enable|available|accept|recognize)|unsupported|unavailable|unknown|unrecognized|unexpected|extra(?:_forbidden| inputs)|must be .{0,40}(?:text|json)|(?:one of|should be|expected) .{0,40}\b(?:text|json_object)\b/is;

/**
 * Errors about the schema itself, which another schema does not get.
 *
 *     Invalid schema for response_format 'x': In context=(), 'additionalProperties' is required to be supplied and to be false
 *     response_format.json_schema.schema.type: Input should be 'object', 'array' or 'string'
 *     The provided JSON schema contains features not supported by xgrammar.
 *     'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.
 */
const ABOUT_SCHEMA =
  /invalid[ _](?:json[ _])?schema|schema.{0,40}(?:is invalid|is not valid|is not a valid|contains|could not)|\bIn context=|json_schema(?:\.| -> |['"`], ?['"`])schema|\b(?:schema|grammar)['"`]? (?:type|keyword|feature|error|conversion)|(?:keywords?|features?) .{0,40}(?:not supported|unsupported)|unsupported (?:json )?schema\b|contain the word/is;

/** Whether the error is about the way in which JSON is requested, not about the requested schema. */
function isAboutFormat(text: string): boolean {
  return UNKNOWN_FORMAT.test(text) && !ABOUT_SCHEMA.test(text);
}

/** Changes only the kind of request that was rejected: a provider without schemas may still support JSON. */
function findFormat(
  text: string,
  body: JsonObject,
  { jsonSchemaMode, jsonMode }: ProviderOptions,
): Partial<ProviderOptions> | undefined {
  const sent = stringAt(
    objectAt(body, "response_format") ?? objectAt(objectAt(body, "text"), "format"),
    "type",
  );
  if (sent === undefined || !/response_?format|text\.format|json_schema|structured.outputs?/i.test(text))
    return undefined;
  if (/must be .{0,10}json_schema/i.test(text))
    return jsonMode === "json-schema" ? undefined : { jsonMode: "json-schema" };
  if (sent !== "json_object") {
    return jsonSchemaMode === "instruct" ? undefined : { jsonSchemaMode: SIMPLER_MODE[jsonSchemaMode] };
  }
  const isForSchema = jsonSchemaMode === "json-object";
  return { jsonMode: "instruct", ...(isForSchema ? { jsonSchemaMode: "instruct" } : {}) };
}

function valueOf(options: ProviderOptions, key: string): unknown {
  return Object.entries(options).find(([name]) => name === key)?.[1];
}
