/**
 * Replaces known secret values in text by `***`, in the encodings that servers use: plain, percent-encoded (once or
 * more), as form data, escaped for JSON or HTML, and in base64 with whatever stands before and after.
 *
 * Which values count:
 *
 *     errors, logs, output    8 characters or more, or 6 that mix letters and digits
 *     what a model says       12 characters or more that mix letters and digits, 16 digits in a row, or 24 letters
 *
 * Shorter values are words such as `ollama` or `none`, which people write where a server wants no key; masking those would
 * garble messages. In a model's words `not-needed` and `sk-no-key-required` must survive too.
 *
 * A masker is built once per configuration. One test tells that a text contains no secret, which is true for nearly every text. The
 * expressions run only on text that contains a part of a secret that no encoding changes.
 */

/** Never throws; returns the same string when there is nothing to mask. Masking masked text changes nothing. */
export type Mask = (text: string) => string;

export interface Masker {
  /** For errors, logs and output. */
  readonly text: Mask;
  /** For the text of a model: masks only values that do not occur by accident. */
  readonly content: Mask;
}

const MASKED = "***";

/** Values that are too short to be secrets are ignored. */
export function createMasker(values: Iterable<string>): Masker {
  // Longer values come first: a shorter value that is a part of a longer one would leave the rest visible.
  const secrets = [...new Set(values)].filter(isSecret).toSorted((a, b) => b.length - a.length);
  return {
    text: createMask(secrets.flatMap(patternsOf)),
    content: createMask(withoutLonger(secrets.filter(isUnmistakable)).flatMap(patternsOf)),
  };
}

/** Masks the secrets of the whole program, for text that may contain any of them, such as a log line. */
export class SecretRegistry {
  readonly #masks = new Map<
    string,
    { readonly current: readonly Mask[]; readonly previous: readonly Mask[] }
  >();

  /**
   * Replaces what `owner` ("providers", say) has registered. What it had registered before stays masked until the next call,
   * because requests in flight keep their configuration.
   */
  replace(owner: string, masks: readonly Mask[]): void {
    this.#masks.set(owner, { current: masks, previous: this.#masks.get(owner)?.current ?? [] });
  }

  readonly mask: Mask = (text) => {
    let masked = text;
    for (const { current, previous } of this.#masks.values()) {
      for (const mask of [...current, ...previous]) masked = mask(masked);
    }
    return masked;
  };
}

/** Whether the value is masked in errors and logs. */
function isSecret(value: string): boolean {
  return value.length >= 8 || (value.length >= 6 && isMixed(value));
}

function isUnmistakable(value: string): boolean {
  return (value.length >= 12 && isMixed(value)) || /\d{16}|[A-Za-z]{24}/.test(value);
}

function isMixed(value: string): boolean {
  return /[A-Za-z]/.test(value) && /\d/.test(value);
}

/** Characters of each needle in the first test: enough to be rare, and few enough to be fast. */
const NEEDLE_HEAD = 10;

interface Pattern {
  /** Letters and digits that are part of every text that the expression matches; may be empty. */
  readonly needle: string;
  readonly expression: RegExp;
}

function createMask(patterns: readonly Pattern[]): Mask {
  if (patterns.length === 0) return (text) => text;
  const anyNeedle = new RegExp(patterns.map(({ needle }) => needle.slice(0, NEEDLE_HEAD)).join("|"));
  return (text) => {
    if (!anyNeedle.test(text)) return text;
    let masked = text;
    for (const { needle, expression } of patterns) {
      if (masked.includes(needle)) masked = masked.replace(expression, MASKED);
    }
    return masked;
  };
}

/** Drops `Bearer KEY` beside `KEY`: the shorter one is found in both. */
function withoutLonger(values: readonly string[]): readonly string[] {
  return values.filter((value) => !values.some((other) => other !== value && value.includes(other)));
}

function patternsOf(value: string): readonly Pattern[] {
  return [value, ...base64Cores(value)].map(patternOf);
}

function patternOf(written: string): Pattern {
  return {
    needle: longestWord(written),
    expression: new RegExp(expressionFor(written), "g"),
  };
}

/** The source of an expression for the value in every form. It holds no unbounded repetition, so its work is linear. */
export function expressionFor(written: string): string {
  return written.replace(/[^A-Za-z0-9]/gu, formsOf);
}

/** Letters and digits are never escaped, so the longest run of them is in every form of the value. */
function longestWord(value: string): string {
  const words = value.match(/[A-Za-z0-9]+/g) ?? [""];
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest));
}

/** What base64 makes of the value alone, in each of the three positions that it can have in a longer text. */
function base64Cores(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // Characters that hold bits of what stands before or after the value are left out.
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

const NAMED: { readonly [character: string]: string } = {
  '"': "quot",
  "&": "amp",
  "'": "apos",
  "<": "lt",
  ">": "gt",
};

/** An expression for one character, neither letter nor digit, in all its forms. */
function formsOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = anyCase(code.toString(16));
  const forms = [
    percentForms(character),
    `\\\\{1,3}u0{0,4}${hex}`,
    `&#(?:0{0,4}${code}|[xX]0{0,4}${hex});`,
    `\\\\{0,3}${escape(character)}`,
  ];
  const name = NAMED[character];
  if (name !== undefined) forms.push(`&${name};`);
  // Form data, and the alphabet of base64url.
  if (character === " ") forms.push("\\+");
  if (character === "+") forms.push("-");
  if (character === "/") forms.push("_");
  return `(?:${forms.join("|")})`;
}

/** Each byte of its UTF-8; `%25` stands for the percent sign where it was encoded again. */
function percentForms(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `%(?:25){0,3}${anyCase(byte.toString(16).padStart(2, "0"))}`)
    .join("");
}

function anyCase(hex: string): string {
  return hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

function escape(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
}
