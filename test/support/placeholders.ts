/**
 * Placeholders for the ids and times in expected files. Each format is defined only here. If an encoder changes a format, only this table
 * must change.
 */
import { NOW_MS, fixedRuntime } from "./runtime.ts";

const ID = fixedRuntime().randomId();

const ITEM_KINDS = ["rs", "msg", "fc", "ctc"];
const MAX_ITEMS = 10;

/** The id of an item of a response. */
export const itemId = (kind: string, index: number): string => `${kind}_${ID}_${index}`;

/** Placeholders of expected files, and the values that clients get. */
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

/** The longest values are first, because the id of an item begins with the id of a message. */
const BY_LENGTH = [...VALUES].toSorted(([, a], [, b]) => b.length - a.length);

/** The opposite of `fillPlaceholders`. */
export function insertPlaceholders(text: string): string {
  let result = text;
  for (const [placeholder, value] of BY_LENGTH) result = result.replaceAll(value, placeholder);
  return result;
}
