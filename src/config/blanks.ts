/** Characters that look like a blank and are none to YAML; text that is copied from web pages and chats has them. */
import type { Problem } from "./error.ts";

/** At the begin of a line, after a dash or after a key: where YAML needs a blank. */
const LOOKALIKE =
  /^[ \t]{0,100}(?:- {0,20})?(?:[\w"'-]{1,100}:)? {0,100}([\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]|(?<!^)\ufeff)/mu;

/** The first of them in a text that could not be used. */
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
