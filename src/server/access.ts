/** Who may send requests: whoever has a key where there are keys, otherwise whoever asks for a host name of ours. */
import { HostRules } from "./host-rules.ts";
import { ApiKeys, type KeyPath, keysOf, type NamedKey, splitKeyPath } from "./keys.ts";

export interface AccessOptions {
  /** The address that the configuration names. */
  readonly host: string | undefined;
  /** No other machine reaches the listener. */
  readonly isLoopback: boolean;
  readonly apiKeys: readonly NamedKey[];
  readonly allowedHosts: readonly string[];
}

/** What becomes of a request. */
export type Admission =
  | { readonly type: "admitted"; /** The name of its key. */ readonly key: string | undefined }
  | { readonly type: "answered"; readonly response: Response }
  | Refusal;

export interface Refusal {
  readonly type: "refused";
  readonly kind: "key-refused" | "forbidden";
  readonly message: string;
  /** The client gets the bare status. */
  readonly isSilent: boolean;
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

  /** Without `api_keys` no path has a key in it. */
  splitPath(path: string): KeyPath {
    return this.#keys.areRequired ? splitKeyPath(path) : { prefix: "", key: undefined, path };
  }

  /** `path` is the path without the key in it, `keyInPath` that key. */
  admit(request: Request, path: string, keyInPath: string | undefined): Admission {
    if (!this.#keys.areRequired) return this.#checkHost(request);
    const candidates = keysOf(request.headers, keyInPath);
    if (candidates.length === 0) {
      return isProbe(request.method, path) ? this.#checkHost(request) : refuseKey(MISSING);
    }
    // The Host header may be anything: a page that got here by DNS rebinding knows no key.
    const key = this.#keys.find(candidates);
    return key === undefined ? refuseKey(WRONG) : { type: "admitted", key };
  }

  #checkHost(request: Request): Admission {
    const host = request.headers.get("host") ?? "";
    const kind = this.#hosts.classify(host);
    if (kind === "foreign") return this.#refuseHost(host);
    if (kind === "address" || request.method !== "OPTIONS") return { type: "admitted", key: undefined };
    return { type: "answered", response: new Response(null, { status: 204 }) };
  }

  #refuseHost(host: string): Refusal {
    return {
      type: "refused",
      kind: "forbidden",
      message: `The host name "${host.slice(0, LONGEST_SHOWN)}" is not allowed; add it to \`allowed_hosts\` in the configuration of ollama-proxy`,
      // As Ollama answers; on other addresses it checks nothing.
      isSilent: this.#isLoopback,
    };
  }
}

const LONGEST_SHOWN = 100;

/** Health checks cannot send a key, and the answer only says that the program runs. */
function isProbe(method: string, path: string): boolean {
  return path === "/" && (method === "GET" || method === "HEAD");
}

const MISSING =
  "ollama-proxy requires an API key; send `Authorization: Bearer KEY` or `x-api-key: KEY`, or add /key/KEY to the URL, as in http://HOST:11434/key/KEY";
const WRONG =
  "The API key is not in `api_keys` of the ollama-proxy configuration; correct it in the settings of the app";

function refuseKey(message: string): Refusal {
  return { type: "refused", kind: "key-refused", message, isSilent: false };
}
