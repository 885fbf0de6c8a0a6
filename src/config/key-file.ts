/** Reads a `secret_file`, which contains one key and nothing else. */
import { findKeyMistake } from "./key-mistake.ts";
import { FileFault, readText } from "./read-file.ts";
import { cleanSecret, isPlainKey } from "./values.ts";

/** Throws `FileFault`, which never quotes the content. */
export function readKey(path: string): string {
  const text = readText(path).trim();
  const key = cleanSecret(text);
  if (key === undefined) throw new FileFault("it is empty");
  if (/[\r\n]/.test(key)) throw new FileFault("it has several lines; expected only the key");
  const mistake = findKeyMistake(key);
  if (mistake !== undefined) throw new FileFault(`it contains no key: ${mistake}`);
  if (!isPlainKey(key))
    throw new FileFault("the key contains a space, a control character or a non-ASCII character");
  return key;
}
