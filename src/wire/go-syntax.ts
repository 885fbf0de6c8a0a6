/**
 * Where the first JSON value of a text ends, or the words of Go's decoder for the place where it is wrong. Ollama's clients show these
 * words. Go names one byte, so it names a character of several bytes by the character with the code of its first byte.
 *
 *     {"model":"m",}      invalid character '}' looking for beginning of object key string
 *     {"model":"m" "a"}   invalid character '"' after object key:value pair
 *     {"model":           unexpected EOF
 *
 * https://github.com/golang/go/blob/go1.26.0/src/encoding/json/scanner.go
 */

type Scan =
  | {
      readonly type: "value";
      /** The index after the first value. Go's decoder ignores what follows. */
      readonly end: number;
    }
  | { readonly type: "wrong"; readonly message: string };

/** Never throws. */
export function scanGoJson(text: string): Scan {
  try {
    return { type: "value", end: new Scanner(text).value() };
  } catch (error) {
    if (error instanceof SyntaxError) return { type: "wrong", message: error.message };
    throw error;
  }
}

const SPACE = /[ \t\r\n]*/y;
/** Everything but quotes, backslashes and control characters, which JSON allows only as escapes. */
const PLAIN_TEXT = /[ !#-[\]-\uffff]*/y;
const DIGITS = /\d*/y;
const LITERALS = ["true", "false", "null"] as const;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the index after the value. The open lists and objects are kept in a list, so that depth costs no stack. */
  value(): number {
    const open: ("{" | "[")[] = [];
    for (;;) {
      this.#skip(SPACE);
      const first = this.#text[this.#at];
      if (first === "{" || first === "[") {
        this.#at += 1;
        this.#skip(SPACE);
        if (!this.#take(first === "{" ? "}" : "]")) {
          open.push(first);
          if (first === "{") this.#key();
          continue;
        }
      } else this.#scalar(first);
      if (!this.#next(open)) return this.#at;
    }
  }

  /** After a value: closes what ends here, and moves to the next value. False: the outermost value has ended. */
  #next(open: ("{" | "[")[]): boolean {
    for (;;) {
      const inner = open.at(-1);
      if (inner === undefined) return false;
      this.#skip(SPACE);
      if (this.#take(",")) {
        this.#skip(SPACE);
        if (inner === "{") this.#key();
        return true;
      }
      if (!this.#take(inner === "{" ? "}" : "]")) {
        this.#wrong(inner === "{" ? "after object key:value pair" : "after array element");
      }
      open.pop();
    }
  }

  #key(): void {
    if (this.#text[this.#at] !== '"') this.#wrong("looking for beginning of object key string");
    this.#string();
    this.#skip(SPACE);
    if (!this.#take(":")) this.#wrong("after object key");
  }

  #scalar(first: string | undefined): void {
    const literal = LITERALS.find((word) => word[0] === first);
    if (first === '"') this.#string();
    else if (literal !== undefined) this.#literal(literal);
    else if (first !== undefined && /[-\d]/.test(first)) this.#number();
    else this.#wrong("looking for beginning of value");
  }

  #string(): void {
    this.#at += 1;
    for (;;) {
      this.#skip(PLAIN_TEXT);
      if (this.#take('"')) return;
      if (!this.#take("\\")) this.#wrong("in string literal");
      if (this.#take("u")) {
        for (let digit = 0; digit < 4; digit += 1) {
          if (!this.#takeAny(/[\da-f]/i)) this.#wrong(String.raw`in \u hexadecimal character escape`);
        }
      } else if (!this.#takeAny(/["\\/bfnrt]/)) this.#wrong("in string escape code");
    }
  }

  #literal(word: string): void {
    for (const letter of word) {
      if (!this.#take(letter)) this.#wrong(`in literal ${word} (expecting '${letter}')`);
    }
  }

  #number(): void {
    this.#take("-");
    if (!this.#take("0")) this.#digits("in numeric literal");
    if (this.#take(".")) this.#digits("after decimal point in numeric literal");
    if (!this.#takeAny(/e/i)) return;
    this.#takeAny(/[+-]/);
    this.#digits("in exponent of numeric literal");
  }

  #digits(place: string): void {
    if (!this.#takeAny(/\d/)) this.#wrong(place);
    this.#skip(DIGITS);
  }

  #take(character: string): boolean {
    const isNext = this.#text[this.#at] === character;
    if (isNext) this.#at += 1;
    return isNext;
  }

  #takeAny(characters: RegExp): boolean {
    const isNext = characters.test(this.#text[this.#at] ?? "");
    if (isNext) this.#at += 1;
    return isNext;
  }

  #skip(characters: RegExp): void {
    characters.lastIndex = this.#at;
    this.#at += characters.exec(this.#text)?.[0].length ?? 0;
  }

  #wrong(place: string): never {
    const code = this.#text.codePointAt(this.#at);
    throw new SyntaxError(
      code === undefined ? "unexpected EOF" : `invalid character ${quoted(firstByte(code))} ${place}`,
    );
  }
}

/** The first byte of a character in UTF-8. */
function firstByte(code: number): number {
  if (code < 0x80) return code;
  if (code < 0x800) return 0xc0 | (code >> 6);
  return code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18);
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [7, "a"],
  [8, "b"],
  [9, "t"],
  [10, "n"],
  [11, "v"],
  [12, "f"],
  [13, "r"],
  [39, "'"],
  [92, "\\"],
]);

/** A byte as Go quotes a character. */
function quoted(byte: number): string {
  const escape = ESCAPES.get(byte);
  if (escape !== undefined) return `'\\${escape}'`;
  const isControl = byte < 32 || byte === 127;
  return isControl ? `'\\x${byte.toString(16).padStart(2, "0")}'` : `'${String.fromCharCode(byte)}'`;
}
