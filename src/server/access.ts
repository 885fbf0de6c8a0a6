/** Which requests are admitted: with `api_keys` those that carry a key, otherwise those whose Host header is allowed. */
import { HostRules } from "./host-rules.ts";
import { ApiKeys, type KeyPath, keysOf, type NamedKey, splitKeyPath } from "./keys.ts";

export interface AccessOptions {
  /** `host` of the configuration. */
  readonly host: string | undefined;
  /** Whether only this machine can reach the listener. */
  readonly isLoopback: boolean;
  readonly apiKeys: readonly NamedKey[];
  readonly allowedHosts: readonly string[];
}

export type Admission =
  /** `key` is the name of the client's key. */
  | { readonly type: "admitted"; readonly key: string | undefined }
  | { readonly type: "answered"; readonly response: Response }
  | Rejection;

export interface Rejection {
  readonly type: "rejected";
  readonly kind: "invalid-key" | "forbidden";
  readonly message: string;
  /** Whether the client gets the message; otherwise the status alone. */
  readonly hasBody: boolean;
}

export class Access {
  readonly #keys: ApiKeys;
  readonly #hosts: HostRules;
  readonly #isLoopback: boolean;

  constructor(options: AccessOptions) {
    this.#keys = new ApiKeys(options.apiKeys);
    this.#hosts = new HostRules(options.host, options.allowedHosts);
    this.#isLoopback = options.isLoopback;
  }

  /** Without `api_keys` a path contains no key. */
  splitPath(path: string): KeyPath {
    return this.#keys.areRequired ? splitKeyPath(path) : { prefix: "", key: undefined, path };
  }

  /** `path` is the path without the key, `keyInPath` is that key. */
  admit(request: Request, path: string, keyInPath: string | undefined): Admission {
    if (!this.#keys.areRequired) return this.#checkHost(request);
    const candidates = keysOf(request.headers, keyInPath);
    if (candidates.length === 0) {
      return isProbe(request.method, path) ? this.#checkHost(request) : rejectKey(MISSING);
    }
    // The Host header is not checked, because a page that uses DNS rebinding has no key.
    const key = this.#keys.find(candidates);
    return key === undefined ? rejectKey(WRONG) : { type: "admitted", key };
  }

  #checkHost(request: Request): Admission {
    const host = request.headers.get("host") ?? "";
    const kind = this.#hosts.classify(host);
    if (kind === "foreign") return this.#rejectHost(host);
    if (kind === "address" || request.method !== "OPTIONS") return { type: "admitted", key: undefined };
    return { type: "answered", response: new Response(null, { status: 204 }) };
  }

  #rejectHost(host: string): Rejection {
    return {
      type: "rejected",
      kind: "forbidden",
      message: `The host name "${host.slice(0, MAX_SHOWN_CHARACTERS)}" is not allowed; add it to \`allowed_hosts\` in the configuration of ollama-proxy`,
      // On loopback addresses Ollama answers without a body. On other addresses it checks nothing.
      hasBody: !this.#isLoopback,
    };
  }
}

const MAX_SHOWN_CHARACTERS = 100;

/** Health checks cannot send a key, and the response reveals only that the program runs. */
function isProbe(method: string, path: string): boolean {
  return path === "/" && (method === "GET" || method === "HEAD");
}

const MISSING =
  "ollama-proxy requires an API key; send `Authorization: Bearer KEY` or `x-api-key: KEY`, or add /key/KEY to the URL, as in http://HOST:11434/key/KEY";
const WRONG =
  "The API key is not in `api_keys` of the ollama-proxy configuration; correct it in the settings of the app";

function rejectKey(message: string): Rejection {
  return { type: "rejected", kind: "invalid-key", message, hasBody: true };
}
