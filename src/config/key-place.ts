/** Tells users which line of the configuration holds the key of a provider. */
import { basename } from "node:path";
import { type Document, isMap, isScalar, isSeq } from "yaml";
import { findPair, locate, readDocument, resolveAlias } from "./document.ts";

/** `text` must be a valid configuration. The phrases are by the name of the provider, for the middle of a sentence. */
export function findKeyPlaces(text: string, path: string): ReadonlyMap<string, string> {
  const document = readDocument(text);
  const root = document.contents;
  const list = resolveAlias(document, isMap(root) ? findPair(root, "providers")?.value : undefined);
  const places = new Map<string, string>();
  for (const [index] of (isSeq(list) ? list.items : []).entries()) {
    const name = textAt(document, ["providers", index, "name"]);
    if (name !== undefined)
      places.set(name.trim(), describe(document, index, { text, file: basename(path) }));
  }
  return places;
}

function describe(
  document: Document,
  index: number,
  { text, file }: { readonly text: string; readonly file: string },
): string {
  const lineOf = (key: string): string => {
    const before = text.slice(0, locate(document, ["providers", index, key], "key"));
    return `line ${before.split("\n").length} of ${file}`;
  };
  const secretFile = textAt(document, ["providers", index, "secret_file"]);
  if (secretFile !== undefined) return `the key in the file ${secretFile} (${lineOf("secret_file")})`;
  const secret = textAt(document, ["providers", index, "secret"]);
  const variable = /\$\{([A-Za-z_]\w*)\}/.exec(secret ?? "")?.[1];
  if (variable !== undefined) return `the key in the environment variable ${variable} (${lineOf("secret")})`;
  const keys = ["secret", "secret_command"].filter((key) => isSet(document, ["providers", index, key]));
  const [written] = secret === undefined ? keys : ["secret"];
  if (written !== undefined) return `\`${written}\` in ${lineOf(written)}`;
  // A merged mapping may have the key.
  const isMerged = document.hasIn(["providers", index, "<<"]);
  const provider = `the provider in ${lineOf("name")}`;
  return isMerged ? `the \`secret\` of ${provider}` : `that ${provider} has a \`secret\``;
}

/** A list of keys, and a command, are no text. */
function isSet(document: Document, path: readonly (string | number)[]): boolean {
  const node = resolveAlias(document, document.getIn(path, true));
  return node !== undefined && !(isScalar(node) && node.value === null);
}

/** A text as it was written. */
function textAt(document: Document, path: readonly (string | number)[]): string | undefined {
  const node = document.getIn(path, true);
  const scalar = resolveAlias(document, node);
  return isScalar(scalar) && scalar.value !== null ? scalar.source : undefined;
}
