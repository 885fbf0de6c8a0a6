/**
 * Replacements for the digests of models that have none. They are stable and well distributed, but not
 * cryptographic.
 */

/**
 * 64 hex digits that depend on every character of the text. They are eight runs of 32-bit FNV-1a, each with a
 * different start value.
 */
export function hexDigest(text: string): string {
  let digest = "";
  for (let run = 1; run <= 8; run += 1) {
    let hash = Math.imul(run, 0x9e3779b1) ^ 0x811c9dc5;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    digest += ((hash ^ (hash >>> 13)) >>> 0).toString(16).padStart(8, "0");
  }
  return digest;
}
