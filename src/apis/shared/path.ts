/** Paths of a provider's routes. */

/** `completions` becomes `/completions`; `../beta/completions` stays relative to the base. */
export function fromBase(path: string): string {
  return path.startsWith("../") ? path : `/${path}`;
}

/** Addresses are pasted from a provider's documentation, where they end in an endpoint. */
const ENDPOINT =
  /\/(?:chat\/completions|completions|embeddings|models|responses|api\/(?:chat|generate|tags|show))$/;

/** The path without an endpoint and slashes at its end. */
export function withoutEndpoint(path: string): string {
  return path.replace(ENDPOINT, "").replace(/\/$/, "");
}
