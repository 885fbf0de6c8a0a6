/** Paths of a provider's routes. */

/** `completions` becomes `/completions`. `../beta/completions` remains relative to the base. */
export function fromBase(path: string): string {
  return path.startsWith("../") ? path : `/${path}`;
}

/** Users paste URLs from a provider's documentation. These URLs end in an endpoint. */
const ENDPOINT =
  /\/(?:chat\/completions|completions|embeddings|models|responses|messages(?:\/count_tokens)?|api\/(?:chat|generate|tags|show))$/;

/** The path without the endpoint and the slashes at its end. */
export function withoutEndpoint(path: string): string {
  return path.replace(ENDPOINT, "").replace(/\/$/, "");
}
