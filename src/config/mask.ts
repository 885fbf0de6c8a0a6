/**
 * Hides secrets in the text of a configuration, so that its lines can be shown.
 *
 * Works from what is known to be harmless: the value of any other key is masked, in whatever way it is
 * written, since a misspelt `secert` holds a secret too. The text keeps its length, so places stay valid.
 */
import { type Document, isAlias, isCollection, isScalar, visit } from "yaml";
import { findKeyLike, isAddressLike, isPathLike } from "./key-like.ts";

const HARMLESS = new Set([
  ..."port host providers name url models api_type timeouts connect first_byte idle".split(" "),
  ..."api_keys allow_anonymous allowed_hosts tls cert_file key_file".split(" "),
  ..."context_length capabilities secret_file ca_file allow_http drop_params".split(" "),
]);

/** Their keys are told apart one by one. */
const CONTAINERS = new Set(["headers", "query", "extra_body", "options", "quirks"]);

/** A document that did not parse has holes in its tree, so its text is looked at too. */
const KEY = /(?<![\w-])([\w-]+)["']?[ \t]*:[ \t]+/g;
const MISSING_BLANK = /(?<=\bsecret["']?[ \t]*:)\S[^\n]*/g;
/** All of a match is hidden, or its group where it has one. */
const CREDENTIALS = [
  /\bsk-[\w-]+/g,
  /\bbearer\s+([^\s"']+)/gi,
  /(?<=:\/\/)[^\s/@]+(?=@)/g,
  /[?&][\w.-]{1,60}=([^&\s"'#]+)/g,
];

export function maskSecrets(text: string, document: Document): string {
  const letters = text.split("");
  const hide = (start: number, end: number): void => {
    for (let i = start; i < end; i++) if (!/\s/.test(letters[i] ?? "\n")) letters[i] = "*";
  };
  visit(document, {
    Pair(_, pair) {
      if (isScalar(pair.key) && isHarmless(String(pair.key.value), pair.value)) return undefined;
      hideScalars(document, pair.value, hide);
      return visit.SKIP;
    },
  });
  for (const match of document.errors.length > 0 ? text.matchAll(KEY) : []) {
    const start = match.index + match[0].length;
    const lineEnd = text.indexOf("\n", start);
    const key = match[1] ?? "";
    if (!HARMLESS.has(key) && !CONTAINERS.has(key)) hide(start, lineEnd === -1 ? text.length : lineEnd);
  }
  for (const match of findKeyLike(text)) hide(match.index, match.index + match[0].length);
  for (const pattern of [MISSING_BLANK, ...CREDENTIALS]) {
    for (const match of text.matchAll(pattern)) {
      const end = match.index + match[0].length;
      hide(end - (match[1] ?? match[0]).length, end);
    }
  }
  return letters.join("");
}

/** A key that was pasted into the wrong place is recognized by what belongs there. */
function isHarmless(key: string, value: unknown): boolean {
  if (!HARMLESS.has(key)) return false;
  if (!isScalar(value) || typeof value.value !== "string") return true;
  if (key === "url") return isAddressLike(value.value);
  return !key.endsWith("_file") || isPathLike(value.value);
}

function hideScalars(document: Document, node: unknown, hide: (start: number, end: number) => void): void {
  const hideNode = (value: unknown): void => {
    const scalar = isAlias(value) ? value.resolve(document) : value;
    if (isScalar(scalar)) hide(scalar.range?.[0] ?? 0, scalar.range?.[1] ?? 0);
  };
  hideNode(node);
  if (!isCollection(node)) return;
  visit(node, {
    Scalar: (key, scalar) => {
      if (key !== "key") hideNode(scalar);
    },
    Alias: (_, alias) => hideNode(alias),
  });
}
