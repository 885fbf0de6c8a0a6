/**
 * JSON as Go's encoder writes it, and so a real Ollama: `<`, `>`, `&`, U+2028 and U+2029 are escapes. Python's httpx, and so Ollama's
 * own client, takes the last two for line ends when they are raw, and cuts a line in two. It does the same with U+0085, which Go leaves raw.
 */

export function encodeGoJson(value: unknown): string {
  return escapeHtml(JSON.stringify(value));
}

/** JSON text with the same escapes: the characters can stand in its strings alone. */
export function escapeHtml(json: string): string {
  return ESCAPED.test(json) ? json.replaceAll(ALL_ESCAPED, escape) : json;
}

/** JSON text that another server wrote, without raw line ends of Unicode. */
export function escapeLineEnds(json: string): string {
  return LINE_END.test(json) ? json.replaceAll(ALL_LINE_ENDS, escape) : json;
}

const LINE_END = /[\u0085\u2028\u2029]/;
const ALL_LINE_ENDS = /[\u0085\u2028\u2029]/g;
const ESCAPED = /[<>&\u0085\u2028\u2029]/;
const ALL_ESCAPED = /[<>&\u0085\u2028\u2029]/g;

function escape(character: string): string {
  return String.raw`\u` + character.charCodeAt(0).toString(16).padStart(4, "0");
}
