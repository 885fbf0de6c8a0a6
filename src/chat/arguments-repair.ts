/**
 * Repairs the JSON text of tool arguments where a model broke JSON's rules and the meaning is certain.
 *
 *     {"cmd":"git commit -m 'a⏎b'"}    a raw control character in a string becomes its escape          (Kimi, Gemini, llama.cpp)
 *     {"regex":"\d+"}                  an escape that JSON does not have becomes a backslash and a character (small models)
 *     {"text":"it\'s"}                 an escaped apostrophe becomes the apostrophe (other languages escape it)
 *     {"text":"\ud83d"}                half a character becomes U+FFFD (most languages reject the half)
 *
 * A string such as `C:\new\dir` may be a path, and is unchanged. Such a string has an unknown escape that may
 * begin a name, and an escape of a control character. Incomplete text is unchanged too: no string or object
 * is closed. Valid text is unchanged.
 */
import { SurrogateJoiner } from "./surrogates.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Characters that do not begin a name in a path. */
const NO_NAME = "*?|<>:^+)]}`";
/** U+FFFD. */
const REPLACEMENT = String.raw`\ufffd`;

/** Takes the text in pieces, split anywhere. Holds back text whose meaning depends on the following text. */
export class ArgumentsRepair {
  readonly #joiner = new SurrogateJoiner();
  #inString = false;
  /** An incomplete escape, with its backslash. */
  #escape = "";
  /** The first half of a character, as an escape. */
  #half = "";
  #out = "";
  /**
   * The current string from its first unknown escape on: `raw` is the sent text, `repaired` the repaired
   * text.
   */
  #held: { raw: string; repaired: string } | undefined;
  #hasControlEscape = false;
  /** Whether the current string may have several meanings. */
  #isUncertain = false;
  /** The last character of the current string. Empty when it was an escape. */
  #last = "";

  push(text: string): string {
    const input = this.#joiner.join(text).toWellFormed();
    let at = 0;
    while (at < input.length) at = this.#escape === "" ? this.#plain(input, at) : this.#escaped(input, at);
    return this.#take();
  }

  /** The held text at the end of the arguments, as it was sent. */
  end(): string {
    this.#write(this.#joiner.end());
    this.#endHalf();
    this.#write(this.#escape);
    this.#escape = "";
    this.#release((held) => held.raw);
    return this.#take();
  }

  /** Copies the text before the next special character, and handles that character. */
  #plain(input: string, from: number): number {
    const end = this.#inString ? endOfPlain(input, from) : endOfSpace(input, from);
    if (end > from) {
      this.#endHalf();
      this.#write(input.slice(from, end));
      this.#last = input.charAt(end - 1);
    }
    if (end === input.length) return end;
    const code = input.charCodeAt(end);
    if (code === BACKSLASH) {
      this.#escape = "\\";
      return end + 1;
    }
    this.#endHalf();
    if (code !== QUOTE) {
      this.#last = "";
      this.#write(input.charAt(end), escapeOf(code));
      return end + 1;
    }
    if (this.#inString) this.#release((held) => held.repaired);
    this.#write('"');
    this.#inString = !this.#inString;
    this.#hasControlEscape = false;
    this.#isUncertain = false;
    this.#last = "";
    return end + 1;
  }

  /** Handles the next character of an escape. Returns the position after it. */
  #escaped(input: string, at: number): number {
    const character = input.charAt(at);
    const escape = this.#escape + character;
    if (escape[1] !== "u") {
      this.#escape = "";
      this.#endHalf();
      this.#shortEscape(escape);
      return at + 1;
    }
    if (escape.length > 2 && !/[0-9a-f]/i.test(character)) {
      const isWord = this.#escape === String.raw`\u`;
      this.#escape = "";
      this.#endHalf();
      this.#unknownEscape(escape.slice(0, -1), isWord ? String.raw`\\u` : undefined);
      return at;
    }
    this.#escape = escape.length === 6 ? "" : escape;
    if (escape.length === 6) this.#unit(escape);
    return at + 1;
  }

  #shortEscape(escape: string): void {
    const character = escape.charAt(1);
    const code = character.charCodeAt(0);
    if ('"\\/'.includes(character)) this.#write(escape);
    else if ("bfnrt".includes(character)) this.#controlEscape(escape);
    // The shell writes `'\''` for an apostrophe. There the backslash is meant literally.
    else if (character === "'" && this.#last !== "'") this.#write(escape, "'");
    else if (NO_NAME.includes(character)) this.#write(escape, `\\\\${character}`);
    else if (code < 0x20) this.#write(escape, `\\\\${escapeOf(code)}`);
    // A character above ASCII has no certain meaning: models that abandon a `\uXXXX` write the character
    // itself.
    else this.#unknownEscape(escape, code > 0x7e || character === "'" ? undefined : `\\\\${character}`);
    this.#last = "";
  }

  /** Handles `\uXXXX`, which may be half of a character. */
  #unit(escape: string): void {
    const kind = Number.parseInt(escape.slice(2), 16) & 0xfc00;
    this.#last = "";
    if (kind === 0xdc00) {
      const half = this.#half;
      this.#half = "";
      if (half === "") this.#write(escape, REPLACEMENT);
      else this.#controlEscape(half + escape);
      return;
    }
    this.#endHalf();
    if (kind === 0xd800) this.#half = escape;
    else this.#controlEscape(escape);
  }

  #endHalf(): void {
    const half = this.#half;
    this.#half = "";
    if (half !== "") this.#write(half, REPLACEMENT);
  }

  /** Handles a valid escape. In a path it would be the first letter of a name. */
  #controlEscape(escape: string): void {
    this.#hasControlEscape = true;
    if (this.#held !== undefined) this.#giveUp();
    this.#write(escape);
  }

  /**
   * Handles an escape that may begin a name in a path. `meaning` is undefined when its meaning is uncertain.
   */
  #unknownEscape(escape: string, meaning: string | undefined): void {
    if (meaning === undefined || this.#hasControlEscape) this.#giveUp();
    else if (!this.#isUncertain) this.#held ??= { raw: "", repaired: "" };
    this.#write(escape, meaning ?? escape);
  }

  #giveUp(): void {
    this.#isUncertain = true;
    this.#release((held) => held.raw);
  }

  #release(choose: (held: { readonly raw: string; readonly repaired: string }) => string): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#out += choose(held);
  }

  #write(raw: string, repaired = raw): void {
    if (this.#held === undefined) {
      this.#out += this.#isUncertain ? raw : repaired;
    } else {
      this.#held.raw += raw;
      this.#held.repaired += repaired;
    }
  }

  #take(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }
}

/** Repairs a complete text. */
export function repairArguments(text: string): string {
  const repair = new ArgumentsRepair();
  return repair.push(text) + repair.end();
}

/** The next quote, backslash or control character inside a string. */
function endOfPlain(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE || code === BACKSLASH || code < 0x20) return at;
    at += 1;
  }
  return at;
}

/** The next quote outside of strings. */
function endOfSpace(text: string, from: number): number {
  const quote = text.indexOf('"', from);
  return quote === -1 ? text.length : quote;
}

/** JSON's escape of a control character. */
function escapeOf(code: number): string {
  return JSON.stringify(String.fromCharCode(code)).slice(1, -1);
}
