/**
 * The model list of Anthropic's API, `GET {base}/models`, in pages. Compatible hosts have lists in OpenAI's format.
 *
 *     {"data":[{"type":"model","id":"claude-opus-5-5","max_input_tokens":1000000,"max_tokens":128000,"lifecycle":"active",
 *               "capabilities":{"image_input":{"supported":true},"thinking":{"supported":true,…},…}}],
 *      "has_more":true,"last_id":"claude-opus-5-5"}
 *
 * https://platform.claude.com/docs/en/api/models/list
 */
import type { Capability, ModelInfo } from "../../../chat/model.ts";
import { type JsonObject, arrayAt, isObject, objectAt, stringAt } from "../../../wire/json.ts";
import { decodeModels as decodeList } from "../../shared/model-list.ts";

/** Undefined: the body is not a model list. Never throws. */
export function decodeModels(body: unknown): readonly ModelInfo[] | undefined {
  const entries = new Map<string, JsonObject>();
  for (const entry of arrayAt(body, "data")) {
    const id = stringAt(entry, "id");
    if (id !== undefined && isObject(entry) && entry["type"] === "model") entries.set(id, entry);
  }
  return decodeList(body)?.flatMap((model): readonly ModelInfo[] => {
    const entry = entries.get(model.id);
    if (entry === undefined) return [model];
    // Requests for a retired model fail.
    if (entry["lifecycle"] === "retired") return [];
    return [{ ...model, capabilities: capabilitiesOf(objectAt(entry, "capabilities")) }];
  });
}

/** All of Anthropic's models can call tools, which is no flag. */
function capabilitiesOf(flags: JsonObject | undefined): readonly Capability[] | undefined {
  if (flags === undefined) return undefined;
  const supports = (flag: string): boolean => objectAt(flags, flag)?.["supported"] === true;
  return [
    "completion",
    "tools",
    ...(supports("image_input") ? (["vision"] as const) : []),
    ...(supports("thinking") ? (["thinking"] as const) : []),
  ];
}
