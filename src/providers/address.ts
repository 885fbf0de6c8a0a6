/**
 * Where a provider's API is, made out of whatever the user pasted: the site's address, the base with or without its version, or one of
 * the endpoints. Where two bases are likely, the provider's own answers decide.
 */
import { basePathOf } from "../options/resolve.ts";
import type { ProviderConfig } from "../config/schema.ts";

/** Addresses that people paste from a provider's documentation, ending in an endpoint. */
const ENDPOINTS =
  /\/(?:chat\/completions|completions|embeddings|models|responses|api\/(?:chat|generate|tags|show))$/;
const VERSION = /\/v\d+(?:beta\d*)?(?:\/|$)/;

export class Address {
  /** Of the URL, port included. */
  readonly host: string;
  readonly #origin: string;
  /** Query parameters of every request, with the question mark; empty when there are none. */
  readonly #query: string;
  /** The likeliest first; what is known to be wrong is dropped. */
  #paths: readonly string[];

  constructor(url: string, apiType: ProviderConfig["apiType"], query: { readonly [name: string]: string }) {
    const [withoutFragment = ""] = url.trim().split("#", 1);
    const [address = "", pasted = ""] = withoutFragment.split("?", 2);
    const [, origin = "", host = "", path = ""] = /^(\w+:\/\/([^/]*))(.*)$/s.exec(address) ?? [];
    const bare = path
      .replaceAll(/\/{2,}/g, "/")
      .replace(/\/$/, "")
      .replace(ENDPOINTS, "")
      .replace(/\/$/, "");
    this.#origin = origin;
    this.host = host;
    this.#query = joinQuery(pasted, query);
    this.#paths = apiType === "ollama" ? [bare.replace(/\/(?:api|v1)$/, "")] : likelyPaths(host, bare);
  }

  /** Without a slash at the end. */
  get base(): string {
    return this.#origin + (this.#paths[0] ?? "");
  }

  /** Another base that the API may be under, should it not be under this one. */
  get alternative(): string | undefined {
    const path = this.#paths[1];
    return path === undefined ? undefined : this.#origin + path;
  }

  /** `path` begins with a slash and is appended to the base, or with `../` and is taken relative to it. */
  url(path: string, base: string = this.base): string {
    const url = path.startsWith("../") ? new URL(path, `${base}/`).href : base + path;
    if (this.#query === "" || !url.includes("?")) return url + this.#query;
    return `${url}&${this.#query.slice(1)}`;
  }

  /** The API is there: nothing else is tried from now on. */
  settle(base: string): void {
    this.#paths = [base.slice(this.#origin.length)];
  }
}

function likelyPaths(host: string, bare: string): readonly string[] {
  const known = basePathOf(host);
  if (known !== undefined) {
    const isPart = bare === "" || bare === "/v1" || known.startsWith(`${bare}/`);
    return [isPart ? known : bare];
  }
  if (VERSION.test(bare)) return [bare];
  return bare === "" ? ["/v1", ""] : [bare, `${bare}/v1`];
}

function joinQuery(pasted: string, configured: { readonly [name: string]: string }): string {
  const parameters = new URLSearchParams(pasted);
  for (const [name, value] of Object.entries(configured)) parameters.set(name, value);
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}
