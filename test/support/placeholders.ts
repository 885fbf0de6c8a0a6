/**
 * Names for the ids and times in expected files. Each format is spelled once, here: when an encoder changes one, this table changes and
 * no file.
 */
import { NOW_MS, fixedRuntime } from "./runtime.ts";

const ID = fixedRuntime().randomId();

const ITEM_KINDS = ["rs", "msg", "fc", "ctc"];
const MAX_ITEMS = 10;

/** Of an item of a response. */
export const itemId = (kind: string, index: number): string => `${kind}_${ID}_${index}`;

/** What an expected file contains → what a client gets. */
const VALUES: ReadonlyMap<string, string> = new Map([
  ["{{id:chatcmpl}}", `chatcmpl-${ID}`],
  ["{{id:msg}}", `msg_${ID}`],
  ["{{id:req}}", `req_${ID}`],
  ["{{id:resp}}", `resp_${ID}`],
  ["{{id:call:0}}", `call_${ID.slice(0, 6)}00`],
  ["{{created}}", String(NOW_MS / 1000)],
  ["{{created_at}}", new Date(NOW_MS).toISOString()],
  ...ITEM_KINDS.flatMap((kind) =>
    Array.from({ length: MAX_ITEMS }, (_, index): [string, string] => [
      `{{item_id:${kind}:${index}}}`,
      itemId(kind, index),
    ]),
  ),
]);

/** Throws when a placeholder is not in the table. */
export function fillPlaceholders(text: string): string {
  return text.replaceAll(/\{\{[a-z_]+(?::\w+)*\}\}/g, (placeholder) => {
    const value = VALUES.get(placeholder);
    if (value === undefined) throw new Error(`${placeholder} is not in test/support/placeholders.ts`);
    return value;
  });
}

/** Longest first: the id of an item begins with that of a message. */
const BY_LENGTH = [...VALUES].toSorted(([, a], [, b]) => b.length - a.length);

/** The opposite of `fillPlaceholders`. */
export function insertPlaceholders(text: string): string {
  let result = text;
  for (const [placeholder, value] of BY_LENGTH) result = result.replaceAll(value, placeholder);
  return result;
}
