/** What the requests of several upstream APIs have in common. */
import type { ChatRequest, Sampling } from "../../chat/request.ts";
import type { JsonObject } from "../../wire/json.ts";

/** The names that users know, in the order in which the log lists them. */
const PARAMETERS = [
  ["temperature", "temperature"],
  ["topP", "top_p"],
  ["topK", "top_k"],
  ["stop", "stop"],
  ["seed", "seed"],
  ["minP", "min_p"],
  ["typicalP", "typical_p"],
  ["presencePenalty", "presence_penalty"],
  ["frequencyPenalty", "frequency_penalty"],
  ["repeatPenalty", "repeat_penalty"],
  ["repeatLastN", "repeat_last_n"],
] as const satisfies readonly (readonly [keyof Sampling, string])[];

/** The parameters that the client set and the body does not carry. `fields` are those of the API; one without a field is never sent. */
export function unsentParameters(
  sampling: Sampling,
  body: JsonObject,
  fields: { readonly [parameter in keyof Sampling]?: string },
  unsupported: readonly string[],
): readonly string[] {
  const unsent = PARAMETERS.filter(([parameter]) => {
    const field = fields[parameter];
    const isSent = field !== undefined && field in body && !unsupported.includes(field);
    return sampling[parameter] !== undefined && !isSent;
  });
  return unsent.map(([, name]) => name);
}

/** The names of all tools that are offered, and of those that were called earlier. */
export function toolNamesIn({ tools, messages }: ChatRequest): readonly string[] {
  const called = messages.flatMap((message) => (message.role === "assistant" ? message.toolCalls : []));
  return [...tools, ...called].map(({ name }) => name);
}

/** Without members that are undefined. */
export function withoutAbsent(object: JsonObject): JsonObject {
  const present: { [field: string]: unknown } = {};
  for (const field of Object.keys(object)) if (object[field] !== undefined) present[field] = object[field];
  return present;
}

/** Without these fields. The same object when there are none. */
export function withoutFields(object: JsonObject, fields: readonly string[]): JsonObject {
  if (fields.length === 0) return object;
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)));
}

/** The value, or the limit when the value is above it. */
export function atMost(value: number | undefined, limit: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.min(value, limit ?? value);
}
