/** The body of a relayed request. */
import { isObject, type JsonObject } from "../../wire/json.ts";
import { replaceMember } from "../../wire/json-edit.ts";
import { patchJson } from "../../wire/json-patch.ts";
import type { JsonBody, RelayBody } from "../endpoint.ts";

/**
 * The client's body with the provider's name of the model. `edit` and learned fixes change it. All other
 * bytes are unchanged. `droppedParams` names the fields that `edit` omits.
 */
export function encodeRelayBody(
  { text, value }: JsonBody,
  model: string,
  edit: (body: JsonObject) => JsonObject = (body) => body,
  droppedParams: readonly string[] = [],
): RelayBody {
  const body = isObject(value) ? value : {};
  return {
    type: "json",
    value: edit(body),
    encode: (final) => replaceMember(patchJson(text, body, final), "model", JSON.stringify(model)),
    droppedParams,
  };
}
