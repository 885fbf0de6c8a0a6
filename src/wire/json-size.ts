/** Estimates how many values a JSON text has, before it is parsed: three bytes (`{},`) become about 300 bytes of memory. */
import { skipString } from "./json-edit.ts";

const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

/**
 * Whether the text has more than `limit` commas and opening brackets, about as many as it has values. Strings are
 * skipped at native speed. A text no longer than the limit is not scanned.
 */
export function hasMoreValuesThan(limit: number, text: string): boolean {
  if (text.length <= limit) return false;
  let count = 0;
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    for (; at < end; at += 1) {
      const code = text.charCodeAt(at);
      if (code === COMMA || code === OPENING_BRACKET || code === OPENING_BRACE) count += 1;
    }
    if (count > limit) return true;
    if (quote !== -1) at = skipString(text, quote);
  }
  return false;
}
