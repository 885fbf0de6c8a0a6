/**
 * Masks secrets in the text of a configuration, so that its lines can be shown.
 *
 * The list names the keys that hold no secret. The value of every other key is masked, because a misspelt `secert` holds a
 * secret too. The text keeps its length, so offsets stay valid.
 */
import { type Document, isAlias, isCollection, isScalar, visit } from "yaml";
import { findKeyLike, isAddressLike, isPathLike } from "./key-like.ts";

const NON_SECRET_KEYS = new Set([
  ..."port host providers name url models api_type timeouts first_byte idle attempts max_requests max_wait".split(
    " ",
  ),
  ..."auto api_keys allow_anonymous allowed_hosts tls cert_file key_file".split(" "),
  ..."use order think context_length capabilities secret_file ca_file allow_http drop_params".split(" "),
]);

/** Mappings whose keys are judged one by one. */
const CONTAINERS = new Set(["headers", "query", "extra_body", "options", "quirks"]);

/** The tree of an invalid document is incomplete, so its text is searched for keys too. */
const KEY = /(?<![\w-])([\w-]+)["']?[ \t]*:[ \t]+/g;
const MISSING_BLANK = /(?<=\bsecret["']?[ \t]*:)\S[^\n]*/g;
/** The group of a match is masked, or the whole match if the pattern has no group. */
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
      if (isScalar(pair.key) && isNonSecret(String(pair.key.value), pair.value)) return undefined;
      hideScalars(document, pair.value, hide);
      return visit.SKIP;
    },
  });
  for (const match of document.errors.length > 0 ? text.matchAll(KEY) : []) {
    const start = match.index + match[0].length;
    const lineEnd = text.indexOf("\n", start);
    const key = match[1] ?? "";
    if (!NON_SECRET_KEYS.has(key) && !CONTAINERS.has(key))
      hide(start, lineEnd === -1 ? text.length : lineEnd);
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

/** A secret may have been pasted into the wrong place: a value that is not of the expected kind is masked. */
function isNonSecret(key: string, value: unknown): boolean {
  if (!NON_SECRET_KEYS.has(key)) return false;
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
