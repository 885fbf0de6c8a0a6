/** Adds the defaults of an alias to a relayed request of Ollama's own API. */
import type { RequestDefaults } from "../../chat/defaults.ts";
import { type JsonObject, arrayAt, objectAt, stringAt } from "../../wire/json.ts";
import { THINK } from "./think.ts";

/** What a request of each route has in addition to `options`. */
export type RelayedRoute = "chat" | "generate" | "embed";

/** Ollama reads the names of fields in any case. */
function memberOf(body: JsonObject, name: string): readonly [name: string, value: unknown] {
  const found = Object.entries(body).findLast(([key]) => key.toLowerCase() === name);
  return found ?? [name, undefined];
}

export function withRelayDefaults(
  body: JsonObject,
  { system, reasoning, options }: RequestDefaults,
  route: RelayedRoute,
): JsonObject {
  const [optionsKey] = memberOf(body, "options");
  const merged = { ...body, [optionsKey]: { ...options, ...objectAt(body, optionsKey) } };
  if (route === "embed") return merged;
  const [thinkKey, think] = memberOf(body, "think");
  const thinks =
    reasoning === undefined || (think !== undefined && think !== null)
      ? merged
      : { ...merged, [thinkKey]: THINK[reasoning] };
  return system === undefined ? thinks : withSystem(thinks, system, route);
}

/** A request with a system message of its own stays as it is, and so does one that only loads the model or has a raw prompt. */
function withSystem(body: JsonObject, system: string, route: "chat" | "generate"): JsonObject {
  if (route === "generate") {
    const [key, own = ""] = memberOf(body, "system");
    const [, raw] = memberOf(body, "raw");
    return own !== "" || raw === true ? body : { ...body, [key]: system };
  }
  const [key] = memberOf(body, "messages");
  const messages = arrayAt(body, key);
  const hasOwn = messages.some((message) => stringAt(message, "role") === "system");
  if (messages.length === 0 || hasOwn) return body;
  return { ...body, [key]: [{ role: "system", content: system }, ...messages] };
}
