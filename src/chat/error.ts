/** Whatever can go wrong with a request, once, in words that every front renders in its own shape. */

export type ErrorKind = keyof typeof STATUS;

/** The HTTP status a client gets for each kind, unless the error carries a better one. */
const STATUS = {
  "bad-request": 400,
  "context-overflow": 400,
  unsupported: 400,
  // A provider that refuses our key is our problem: Ollama clients read 401 as "sign in to ollama.com".
  unauthorized: 502,
  forbidden: 403,
  /** The client sent no key of ours, or a wrong one. */
  "key-refused": 403,
  "model-not-found": 404,
  "rate-limited": 429,
  overloaded: 503,
  "upstream-unreachable": 502,
  "upstream-timeout": 504,
  "upstream-invalid": 502,
  /** The provider does not serve the path that we asked. */
  "upstream-no-path": 502,
  "upstream-truncated": 502,
  /** The provider ended a reply that it had not begun. */
  "upstream-empty": 502,
  canceled: 499,
  internal: 500,
} as const;

export interface ErrorDetails {
  /** Defaults to the status of the kind. */
  readonly status?: number | undefined;
  /** Tag of the provider the error comes from. */
  readonly provider?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A provider as an error names it. */
export interface ErrorSource {
  readonly name: string;
  /** Masks the provider's secrets, which it may have quoted. */
  readonly masker: { readonly text: (text: string) => string };
}

export class ProxyError extends Error {
  override readonly name = "ProxyError";
  readonly kind: ErrorKind;
  readonly status: number;
  readonly provider: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.status = details.status ?? STATUS[kind];
    this.provider = details.provider;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** The same error, naming the provider it came from: `[aliyun] …`, without its secrets. Once named, an error keeps its name. */
  from({ name, masker }: ErrorSource): ProxyError {
    if (this.provider !== undefined) return this.masked(masker.text);
    return this.#reworded(`[${name}] ${masker.text(this.message)}`, name);
  }

  /** The same error without what `mask` replaces in its message. The cause is kept as it is, for the log alone. */
  masked(mask: (text: string) => string): ProxyError {
    const message = mask(this.message);
    return message === this.message ? this : this.#reworded(message, this.provider);
  }

  #reworded(message: string, provider: string | undefined): ProxyError {
    const { status, retryAfterMs, cause } = this;
    return new ProxyError(this.kind, message, { status, provider, retryAfterMs, cause });
  }
}

/** In the very words that clients look for before they offer to pull a model; so without a provider's tag. */
export function modelNotFound(model: string, provider?: string): ProxyError {
  return new ProxyError("model-not-found", `model '${model}' not found`, { provider });
}
