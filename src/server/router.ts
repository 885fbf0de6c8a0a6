/** Finds the handler of a method and a path. A request without one gets the answer of Ollama's router. */

export type Method = "GET" | "HEAD" | "POST" | "DELETE";

export type Match<H> =
  | {
      readonly type: "found";
      readonly handler: H;
      /** The part of the path that a trailing `*` matches, decoded. */
      readonly rest: string;
    }
  | { readonly type: "wrong-method"; readonly allow: readonly Method[] }
  | {
      readonly type: "redirect";
      readonly path: string;
      /** The path contained empty segments. */
      readonly isTemporary: boolean;
    }
  | { readonly type: "unknown" };

/** The order of Ollama's `Allow` header. */
const ORDER: readonly Method[] = ["HEAD", "GET", "POST", "DELETE"];

/** A path is exact, or ends in `/*`, which matches one or more segments: model names contain slashes. */
export class Router<H> {
  readonly #exact = new Map<string, Map<Method, H>>();
  readonly #prefixes = new Map<string, Map<Method, H>>();

  add(methods: readonly Method[], path: string, handler: H): void {
    const isPrefix = path.endsWith("/*");
    const table = isPrefix ? this.#prefixes : this.#exact;
    const key = isPrefix ? path.slice(0, -1) : path;
    const handlers = table.get(key) ?? new Map<Method, H>();
    table.set(key, handlers);
    for (const method of methods) handlers.set(method, handler);
  }

  /** `path` is as the client sent it, still encoded. */
  match(method: string, path: string): Match<H> {
    const clean = path.replaceAll(/\/{2,}/g, "/");
    const [handlers, rest] = this.#find(clean);
    if (handlers === undefined) {
      const bare = clean.replace(/\/$/, "");
      // Like Ollama, redirect only if the path without the slash has a handler for the method.
      const isKnown = bare !== clean && this.#has(method, bare);
      return isKnown ? { type: "redirect", path: bare, isTemporary: clean !== path } : { type: "unknown" };
    }
    if (clean !== path) return { type: "redirect", path: clean, isTemporary: true };
    for (const [known, handler] of handlers) {
      if (known === method) return { type: "found", handler, rest };
    }
    return { type: "wrong-method", allow: ORDER.filter((known) => handlers.has(known)) };
  }

  #has(method: string, path: string): boolean {
    const [handlers] = this.#find(path);
    return handlers !== undefined && [...handlers.keys()].some((known) => known === method);
  }

  #find(path: string): readonly [handlers: Map<Method, H> | undefined, rest: string] {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return [exact, ""];
    for (const [prefix, handlers] of this.#prefixes) {
      if (path.startsWith(prefix) && path.length > prefix.length)
        return [handlers, decode(path.slice(prefix.length))];
    }
    return [undefined, ""];
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
