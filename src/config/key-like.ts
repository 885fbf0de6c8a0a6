/** Recognizes what is probably a key although it stands where no key belongs; such text is never shown. */

const RUN = /[A-Za-z0-9]{16,}/g;
/** Names of providers that people chose are shorter; the names of keys are not asked to be pretty. */
const LONG_RUN = /[A-Za-z0-9]{28,}/;

/** The places of all runs of 16 letters and digits or more that mix both, as keys do and words do not. */
export function findKeyLike(text: string): readonly RegExpExecArray[] {
  return [...text.matchAll(RUN)].filter(([run]) => isMixed(run));
}

export function isKeyLike(text: string): boolean {
  return text.startsWith("sk-") || findKeyLike(text).length > 0;
}

/** Whether a name is so much like a key that it must not become the tag of models. */
export function isCertainlyKey(name: string): boolean {
  const run = LONG_RUN.exec(name)?.[0];
  return (run !== undefined && isMixed(run)) || /^sk-.{16}/.test(name);
}

/** A name of a file with a directory or an extension; a single word may be a key that was pasted in its place. */
export function isPathLike(text: string): boolean {
  return /[/\\.~]/.test(text) && !isKeyLike(text);
}

/** A scheme, a port or a dot; a single word may be a key that was pasted in its place. */
export function isAddressLike(text: string): boolean {
  return text === "" || /[.:/]|^localhost$/i.test(text);
}

function isMixed(run: string): boolean {
  return /\d/.test(run) && /[A-Za-z]/.test(run);
}
