/** The body of a relayed request. */
import { isObject, isSame, type JsonObject } from "../../wire/json.ts";
import { replaceMember } from "../../wire/json-edit.ts";
import type { JsonBody, RelayBody } from "../api.ts";

/**
 * The client's body as it is, under the provider's name of the model. Without `edit` and without a learned fix, every
 * other byte of it passes; `edit` returns the members that may pass, and `droppedParams` names the others.
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
    encode: (final) =>
      replaceMember(isSame(final, body) ? text : JSON.stringify(final), "model", JSON.stringify(model)),
    droppedParams,
  };
}
