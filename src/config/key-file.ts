/** The content of a `secret_file`: one key, and nothing else. */
import { findKeyMistake } from "./key-mistake.ts";
import { FileFault, readText } from "./read-file.ts";
import { cleanSecret, isPlainKey } from "./values.ts";

/** Throws `FileFault`, which never quotes the content. */
export function readKey(path: string): string {
  const text = readText(path).trim();
  const key = cleanSecret(text);
  if (key === undefined) throw new FileFault("it is empty");
  if (/[\r\n]/.test(key)) throw new FileFault("it has several lines, expected the key alone");
  const mistake = findKeyMistake(key);
  if (mistake !== undefined) throw new FileFault(`it holds no key: ${mistake}`);
  if (!isPlainKey(key)) throw new FileFault("it has a blank, a control or a non-ASCII character inside");
  return key;
}
