/**
 * Refusals that ask for something which a knob of the profile does: the conversation is to be told in another form.
 *
 *     Tool call id was X but must be a-z, A-Z, 0-9, with a length of 9.            Mistral
 *     Unexpected role 'user' after role 'tool'                                     Mistral
 *     Conversation roles must alternate user/assistant/user/assistant/...          templates behind vLLM and llama.cpp
 *     System message must be at the beginning.                                     Qwen's template
 *     thinking is enabled but reasoning_content is missing in assistant tool call  Moonshot, DeepSeek
 *     Function call is missing a thought_signature in functionCall parts           Gemini
 */
import type { ProviderOptions } from "../../../options/options.ts";

type Requirement = readonly [said: RegExp, quirks: Partial<ProviderOptions>];

const REQUIREMENTS: readonly Requirement[] = [
  [/with a length of 9\b/, { toolIds: "nine" }],
  [/after role ['"`]?tool\b/i, { bridgesToolToUser: true }],
  [/(?:should|must) alternate/i, { mergesRoles: true, systemFirst: true }],
  [/system (?:message|role).{0,40}(?:beginning|first)|unexpected role ['"`]?system/i, { systemFirst: true }],
  [
    /reasoning_content.{0,60}(?:is missing|must be passed back)/is,
    { reasoningHistory: "reasoning_content", reasoningFiller: " " },
  ],
  [
    /missing a `?thought_signature/i,
    { callExtraFiller: { google: { thought_signature: "skip_thought_signature_validator" } } },
  ],
  [
    /Unknown name "[^"]{1,100}" at '(?:request\.)?tools|\$schema|\$ref\b/,
    { toolSchemas: "plain", strictTools: false },
  ],
  [/tools?\b.{0,60}\bstrict\b|\bstrict\b.{0,60}(?:not supported|not permitted)/is, { strictTools: false }],
  [/tools= ?param|must define tools|without `?tools`? (?:param|being)/i, { toolsWithHistory: true }],
  [/max_tokens.{0,40}(?:required|missing)/is, { needsMaxTokens: true }],
  [
    /(?:at least one|no) user (?:message|query)|contents? (?:is|are) (?:required|not specified)/i,
    { needsUser: true },
  ],
  [/content.{0,60}(?:non-?empty|not be empty|cannot be empty)/is, { emptyContent: "null" }],
  [/chat_template(?:_kwargs)? is not supported/i, { thinking: { style: "none" } }],
];

/** A schema that a host does not know is asked for in the next plainer way, never given up. */
const PLAINER = { "json-schema": "json-object", "json-object": "instruct" } as const;

/** The knobs to turn, as far as they are not turned already; undefined when the text asks for none. */
export function requirementIn(text: string, quirks: ProviderOptions): Partial<ProviderOptions> | undefined {
  for (const [said, required] of REQUIREMENTS) {
    if (
      said.test(text) &&
      Object.entries(required).some(([knob, value]) => valueOf(quirks, knob) !== value)
    ) {
      return required;
    }
  }
  return formatRequirement(text, quirks) ?? batchRequirement(text, quirks);
}

function batchRequirement(
  text: string,
  { embedBatch }: ProviderOptions,
): Partial<ProviderOptions> | undefined {
  const [, first, second, third] =
    /batch size.{0,60}?not be larger than (\d{1,9})|maximum allowed batch size (\d{1,9})|at most (\d{1,9}) (?:requests|inputs)/is.exec(
      text,
    ) ?? [];
  const most = Number(first ?? second ?? third);
  return most > 0 && most < embedBatch ? { embedBatch: most } : undefined;
}

function formatRequirement(
  text: string,
  { schema, plainJson }: ProviderOptions,
): Partial<ProviderOptions> | undefined {
  if (!/response_?format|json_schema|structured.outputs?/i.test(text)) return undefined;
  if (/must be .{0,10}json_schema/i.test(text))
    return plainJson === "json-schema" ? undefined : { plainJson: "json-schema" };
  return {
    ...(schema === "instruct" ? {} : { schema: PLAINER[schema] }),
    ...(/json_schema/i.test(text) || plainJson === "instruct" ? {} : { plainJson: "instruct" }),
  };
}

function valueOf(quirks: ProviderOptions, knob: string): unknown {
  return Object.entries(quirks).find(([name]) => name === knob)?.[1];
}
