/** Adds the defaults of an alias to a relayed request of `/v1/messages` or `/v1/messages/count_tokens`. */
import type { RequestDefaults } from "../../chat/defaults.ts";
import type { ProviderOptions } from "../../options/options.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../wire/json.ts";
import { encodeThinking } from "../shared/thinking.ts";
import { isThinking } from "./upstream/history.ts";
import { encodeEffort, encodeSampling } from "./upstream/request.ts";

/** Every request counts the tokens of its system prompt. */
export function withSystemDefault(body: JsonObject, { system }: RequestDefaults): JsonObject {
  const own = body["system"] ?? "";
  const isSet = Array.isArray(own) ? own.length > 0 : own !== "";
  return system === undefined || isSet ? body : { ...body, system };
}

export function withRelayDefaults(
  body: JsonObject,
  defaults: RequestDefaults,
  options: ProviderOptions,
): JsonObject {
  const thinking = mayThink(body)
    ? encodeThinking(defaults.reasoning, options, numberAt(body, "max_tokens"), encodeEffort)
    : {};
  const decided = { ...thinking, ...("thinking" in body ? { thinking: body["thinking"] } : {}) };
  const added = Object.entries({
    ...encodeSampling(defaults.sampling, decided, options),
    ...thinking,
  }).filter(
    ([field, value]) =>
      value !== undefined &&
      (body[field] ?? undefined) === undefined &&
      !options.unsupportedParams.includes(field),
  );
  return withSystemDefault({ ...body, ...Object.fromEntries(added) }, defaults);
}

/** Whether thinking may be added: the client has not decided, and has sent nothing that excludes it. */
function mayThink(body: JsonObject): boolean {
  const isDecided = "thinking" in body || stringAt(objectAt(body, "output_config"), "effort") !== undefined;
  const isForced = /^(?:any|tool)$/.test(stringAt(objectAt(body, "tool_choice"), "type") ?? "");
  const isExcluded = "temperature" in body || "top_k" in body;
  return !isDecided && !isForced && !isExcluded && !endsInLostThinking(arrayAt(body, "messages"));
}

/** Text that is continued, and results of calls whose message does not begin with thinking. */
function endsInLostThinking(messages: readonly unknown[]): boolean {
  const [before, last] = messages.slice(-2);
  if (stringAt(messages.at(-1), "role") === "assistant") return true;
  const [first] = arrayAt(last, "content");
  const isInLoop = isObject(first) && first["type"] === "tool_result";
  return isInLoop && !isThinking(arrayAt(before, "content")[0]);
}
