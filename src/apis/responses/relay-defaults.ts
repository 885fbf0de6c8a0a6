/** Adds the defaults of an alias to a relayed request of `/v1/responses`. */
import type { RequestDefaults } from "../../chat/defaults.ts";
import type { Reasoning } from "../../chat/request.ts";
import type { ProviderOptions } from "../../options/options.ts";
import { type JsonObject, arrayAt, objectAt, stringAt } from "../../wire/json.ts";
import { effortFor } from "../shared/thinking.ts";
import { encodeSampling } from "./upstream/request.ts";

export function withRelayDefaults(
  body: JsonObject,
  { system, reasoning, sampling }: RequestDefaults,
  options: ProviderOptions,
): JsonObject {
  const defaults = {
    instructions: hasSystem(body) ? undefined : system,
    ...encodeSampling(sampling, options),
  };
  const added = Object.entries(defaults).filter(
    ([field, value]) =>
      value !== undefined &&
      (body[field] ?? undefined) === undefined &&
      !options.unsupportedParams.includes(field),
  );
  const effort = reasoning === undefined ? undefined : effortOf(reasoning, options);
  const own = objectAt(body, "reasoning");
  const isThinkingSet = effort === undefined || stringAt(own, "effort") !== undefined;
  return {
    ...body,
    ...Object.fromEntries(added),
    ...(isThinkingSet ? {} : { reasoning: { ...own, effort } }),
  };
}

/** Undefined: the default of the model. */
function effortOf(reasoning: Reasoning, { reasoningEfforts }: ProviderOptions): string | undefined {
  if (reasoning === "on") return undefined;
  return reasoningEfforts === undefined ? EFFORTS[reasoning] : effortFor(reasoning, reasoningEfforts);
}

/** For a model whose efforts are not known. */
const EFFORTS = {
  off: "none",
  low: "low",
  medium: "medium",
  high: "high",
  max: "xhigh",
} as const satisfies Record<Exclude<Reasoning, "on">, string>;

function hasSystem(body: JsonObject): boolean {
  return arrayAt(body, "input").some((item) => /^(?:system|developer)$/.test(stringAt(item, "role") ?? ""));
}
