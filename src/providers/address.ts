/**
 * The URL of a provider's API. The configured URL may be that of the site, of the API with or without its version, or of an
 * endpoint. When several base paths are possible, the first successful response decides.
 */
import type { UpstreamApi } from "../apis/upstream-api.ts";
import { basePathOf } from "../options/resolve.ts";

/** What the provider's responses have shown about its base path. Survives reloads. */
export interface FoundBase {
  /** The base path under which the API answered. */
  basePath: string | undefined;
  /** Base paths under which there is no API. */
  rejected: readonly string[];
}

export class Address {
  /** Of the URL, port included. */
  readonly host: string;
  readonly #origin: string;
  /** Query of every request, with the question mark; empty when there is none. */
  readonly #query: string;
  readonly #paths: readonly string[];
  readonly #found: FoundBase;

  constructor(
    { url, query }: { readonly url: string; readonly query: { readonly [name: string]: string } },
    api: Pick<UpstreamApi, "basePaths" | "optionSource">,
    found: FoundBase,
  ) {
    const [withoutFragment = ""] = url.trim().split("#", 1);
    const [address = "", pasted = ""] = withoutFragment.split("?", 2);
    const [, origin = "", host = "", path = ""] = /^(\w+:\/\/([^/]*))(.*)$/s.exec(address) ?? [];
    this.#origin = origin;
    this.host = host;
    this.#query = joinQuery(pasted, query);
    const bare = path.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "");
    this.#paths = api.basePaths(bare, basePathOf(api.optionSource, host));
    this.#found = found;
  }

  /** The possible base paths, the likeliest first; a single one when it is known. */
  get basePaths(): readonly string[] {
    const { basePath, rejected } = this.#found;
    return basePath === undefined ? this.#paths.filter((path) => !rejected.includes(path)) : [basePath];
  }

  /** Whether the provider has answered under a base path, or there is only one. */
  get isSettled(): boolean {
    return this.#paths.length === 1 || this.#found.basePath !== undefined;
  }

  /** A `path` that begins with a slash is appended to the base path. One that begins with `../` is resolved against it. */
  url(path: string, basePath: string = this.basePaths[0] ?? ""): string {
    const base = this.#origin + basePath;
    const url = path.startsWith("../") ? new URL(path, `${base}/`).href : base + path;
    if (this.#query === "" || !url.includes("?")) return url + this.#query;
    return `${url}&${this.#query.slice(1)}`;
  }

  /** Whether this is the likeliest base path of the configured URL. */
  isConfigured(basePath: string): boolean {
    return this.#paths[0] === basePath;
  }

  /** The API answered under this base path. */
  settle(basePath: string): void {
    this.#found.basePath = basePath;
  }

  /** There is no API under this base path. Returns whether another one is left. If none is left, all become possible again. */
  reject(basePath: string): boolean {
    if (this.#found.basePath !== undefined) return false;
    const rejected = [...this.#found.rejected, basePath];
    const isLast = this.#paths.every((path) => rejected.includes(path));
    this.#found.rejected = isLast ? [] : rejected;
    return !isLast;
  }
}

function joinQuery(pasted: string, configured: { readonly [name: string]: string }): string {
  const parameters = new URLSearchParams(pasted);
  for (const [name, value] of Object.entries(configured)) parameters.set(name, value);
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}
