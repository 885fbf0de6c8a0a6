/** Adds the defaults of an alias to a relayed request of `/v1/responses`. */
import type { RequestDefaults } from "../../chat/defaults.ts";
import type { Reasoning } from "../../chat/request.ts";
import { type JsonObject, arrayAt, objectAt, stringAt } from "../../wire/json.ts";

export function withRelayDefaults(
  body: JsonObject,
  { system, reasoning, sampling }: RequestDefaults,
): JsonObject {
  const { maxTokens, temperature, topP } = sampling;
  const defaults = {
    instructions: hasSystem(body) ? undefined : system,
    max_output_tokens: maxTokens,
    temperature,
    top_p: topP,
  };
  const added = Object.entries(defaults).filter(
    ([field, value]) => value !== undefined && (body[field] ?? undefined) === undefined,
  );
  const effort = reasoning === undefined ? undefined : EFFORTS[reasoning];
  const own = objectAt(body, "reasoning");
  const isThinkingSet = effort === undefined || stringAt(own, "effort") !== undefined;
  return {
    ...body,
    ...Object.fromEntries(added),
    ...(isThinkingSet ? {} : { reasoning: { ...own, effort } }),
  };
}

/** Undefined: the default of the model. */
const EFFORTS = {
  on: undefined,
  off: "none",
  low: "low",
  medium: "medium",
  high: "high",
  max: "xhigh",
} as const satisfies Record<Reasoning, string | undefined>;

function hasSystem(body: JsonObject): boolean {
  return arrayAt(body, "input").some((item) => /^(?:system|developer)$/.test(stringAt(item, "role") ?? ""));
}
