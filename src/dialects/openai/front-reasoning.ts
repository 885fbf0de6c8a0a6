/**
 * Clients of an Ollama look for the thinking in `reasoning`; many hosts call it `reasoning_content`. In a reply that is relayed it
 * is found under both names.
 *
 *     {"choices":[{"delta":{"reasoning_content":"hm"}}]}   becomes
 *     {"choices":[{"delta":{"reasoning_content":"hm","reasoning":"hm"}}]}
 */
import { arrayAt, objectAt } from "../../wire/json.ts";
import { duplicateMember } from "../../wire/json-edit.ts";

const FIELD = "reasoning_content";

/** `text` is the JSON of `reply`, a chunk or a whole one; nothing else of it changes. */
export function nameReasoning(text: string, reply: unknown): string {
  if (!text.includes(`"${FIELD}"`)) return text;
  const isNamed = arrayAt(reply, "choices").some((choice) => {
    const said = objectAt(choice, "delta") ?? objectAt(choice, "message");
    return said !== undefined && "reasoning" in said;
  });
  return isNamed ? text : duplicateMember(text, FIELD, "reasoning");
}
