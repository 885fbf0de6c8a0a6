/** Recognizes text that is probably a key in a place for other text. Such text is never shown. */

const RUN = /[A-Za-z0-9]{16,}/g;
/** Provider names that people choose are shorter. */
const LONG_RUN = /[A-Za-z0-9]{28,}/;

/** All runs of at least 16 letters and digits that contain both. Keys do, words do not. */
export function findKeyLike(text: string): readonly RegExpExecArray[] {
  return [...text.matchAll(RUN)].filter(([run]) => isMixed(run));
}

export function isKeyLike(text: string): boolean {
  return text.startsWith("sk-") || findKeyLike(text).length > 0;
}

/** Whether a name looks so much like a key that it must not appear in model names. */
export function isCertainlyKey(name: string): boolean {
  const run = LONG_RUN.exec(name)?.[0];
  return (run !== undefined && isMixed(run)) || /^sk-.{16}/.test(name);
}

/** Whether text has a directory or an extension. A single word may be a pasted key. */
export function isPathLike(text: string): boolean {
  return /[/\\.~]/.test(text) && !isKeyLike(text);
}

/** Whether text has a scheme, a port or a dot. A single word may be a pasted key. */
export function isAddressLike(text: string): boolean {
  return text === "" || /[.:/]|^localhost$/i.test(text);
}

function isMixed(run: string): boolean {
  return /\d/.test(run) && /[A-Za-z]/.test(run);
}
