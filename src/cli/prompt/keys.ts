/** Reads the keys from what a terminal sends in raw mode (ECMA-48, and xterm's control sequences). */

export type Key =
  /** One or more characters: what was typed, or pasted. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "enter" | "tab" | "backspace" | "clear" }
  | { readonly type: "cancel" }
  | { readonly type: "up" | "down" | "page-up" | "page-down" };

const CONTROLS: { readonly [character: string]: Key["type"] | undefined } = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\b": "backspace",
  "\u007f": "backspace",
  // Ctrl-U, Ctrl-C, Ctrl-D, Ctrl-P and Ctrl-N, as in shells.
  "\u0015": "clear",
  "\u0003": "cancel",
  "\u0004": "cancel",
  "\u0010": "up",
  "\u000e": "down",
};

const SEQUENCES: { readonly [sequence: string]: Key["type"] | undefined } = {
  "[A": "up",
  OA: "up",
  "[B": "down",
  OB: "down",
  "[5~": "page-up",
  "[6~": "page-down",
};

/** Sequences of other keys are ignored. */
export function parseKeys(text: string): readonly Key[] {
  const keys: Key[] = [];
  for (let rest = text; rest !== "";) {
    const part = firstPart(rest);
    rest = rest.slice(part.length);
    const type = part.startsWith(ESCAPE) ? SEQUENCES[part.slice(1)] : CONTROLS[part];
    if (type === "cancel") keys.push({ type });
    else if (type !== undefined && type !== "text") keys.push({ type });
    else if (!CONTROL.test(part)) keys.push({ type: "text", text: part });
  }
  return keys;
}

const ESCAPE = "\u001b";
const CONTROL = /^\p{Cc}/u;

/** An escape sequence, one control character or space, or a run of other characters. A space is a key of its own in some lists. */
function firstPart(text: string): string {
  if (text.startsWith(ESCAPE)) return ESCAPE + (/^[[O][\d;]*[A-Za-z~]?/.exec(text.slice(1))?.[0] ?? "");
  return /^[^\p{Cc} ]+/u.exec(text)?.[0] ?? text.slice(0, 1);
}

/** Text without its last character, as the backspace key removes it. */
export function withoutLast(text: string): string {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
    .slice(0, -1)
    .join("");
}
