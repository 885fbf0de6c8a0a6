/** Finds characters that look like a space but are not one to YAML. Text copied from web pages and chats contains them. */
import type { Problem } from "./error.ts";

/** At the beginning of a line, after a dash, and before or after the colon of a key, because YAML needs a space there. */
const LOOKALIKE =
  /^[ \t]{0,100}(?:- {0,20})?(?:[\w"'-]{1,100}:?)? {0,100}([\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]|(?<!^)\ufeff)/mu;

/** The first such character. Called only for a text that has other problems. */
export function findLookalikeBlank(text: string): Problem | undefined {
  const match = LOOKALIKE.exec(text);
  const character = match?.[1];
  if (match === null || character === undefined) return undefined;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return {
    offset: match.index + match[0].length - character.length,
    message: `Expected a space; this character only looks like one (U+${code}); replace it with a space`,
  };
}
