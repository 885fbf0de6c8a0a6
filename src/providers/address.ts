/**
 * Where a provider's API is, made out of whatever the user pasted: the address of the site, the base with or without
 * its version, or one of the endpoints. Where several base paths are likely, discovery finds out which one is right.
 */
import type { UpstreamApi } from "../apis/api.ts";
import { basePathOf } from "../options/resolve.ts";

/** What the provider's answers have told about the address; it outlives a reload. */
export interface FoundBase {
  /** The path that the API answered under. */
  basePath: string | undefined;
  /** Paths under which there is no API. */
  rejected: readonly string[];
}

export class Address {
  /** Of the URL, port included. */
  readonly host: string;
  readonly #origin: string;
  /** Query parameters of every request, with the question mark; empty when there are none. */
  readonly #query: string;
  readonly #paths: readonly string[];
  readonly #found: FoundBase;

  constructor(
    { url, query }: { readonly url: string; readonly query: { readonly [name: string]: string } },
    api: Pick<UpstreamApi, "basePaths">,
    found: FoundBase,
  ) {
    const [withoutFragment = ""] = url.trim().split("#", 1);
    const [address = "", pasted = ""] = withoutFragment.split("?", 2);
    const [, origin = "", host = "", path = ""] = /^(\w+:\/\/([^/]*))(.*)$/s.exec(address) ?? [];
    this.#origin = origin;
    this.host = host;
    this.#query = joinQuery(pasted, query);
    const bare = path.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "");
    this.#paths = api.basePaths(bare, basePathOf(host));
    this.#found = found;
  }

  /** The base paths that the API may be under, the likeliest first; one when it is known. */
  get basePaths(): readonly string[] {
    const { basePath, rejected } = this.#found;
    return basePath === undefined ? this.#paths.filter((path) => !rejected.includes(path)) : [basePath];
  }

  /** Whether the provider has answered under a base path, or there is only one. */
  get isSettled(): boolean {
    return this.#paths.length === 1 || this.#found.basePath !== undefined;
  }

  /** `path` begins with a slash and is appended to the base, or with `../` and is taken relative to it. */
  url(path: string, basePath: string = this.basePaths[0] ?? ""): string {
    const base = this.#origin + basePath;
    const url = path.startsWith("../") ? new URL(path, `${base}/`).href : base + path;
    if (this.#query === "" || !url.includes("?")) return url + this.#query;
    return `${url}&${this.#query.slice(1)}`;
  }

  /** Whether the configured URL means this base path before any other. */
  isConfigured(basePath: string): boolean {
    return this.#paths[0] === basePath;
  }

  /** The API answered under this base path. */
  settle(basePath: string): void {
    this.#found.basePath = basePath;
  }

  /** There is no API under this base path. Returns whether it may be under another one; if not, all count again. */
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
