/** Everything that can go wrong with a request. Each client API writes the error in its own format. */

export type ErrorKind = keyof typeof STATUS;

/** The HTTP status for each kind, unless the error has its own. */
const STATUS = {
  "bad-request": 400,
  /** The name of the model is missing, or no model can have it. */
  "invalid-name": 400,
  "context-overflow": 400,
  unsupported: 400,
  /**
   * The provider rejects our key. Not 401, which Ollama's clients read as "sign in to ollama.com", and not
   * 5xx, after which every agent sends the request again.
   */
  unauthorized: 403,
  /** The credit or the quota of the account is spent. */
  "no-credit": 403,
  forbidden: 403,
  /** The client sent no key of this proxy, or a wrong one. */
  "invalid-key": 403,
  "model-not-found": 404,
  "rate-limited": 429,
  overloaded: 503,
  "upstream-unreachable": 502,
  "upstream-timeout": 504,
  "upstream-invalid": 502,
  /** The provider does not serve the requested path. */
  "upstream-no-path": 502,
  "upstream-truncated": 502,
  /** The provider ended the reply before its first content. */
  "upstream-empty": 502,
  canceled: 499,
  internal: 500,
} as const;

export interface ErrorDetails {
  /** Defaults to the status of the kind. */
  readonly status?: number | undefined;
  /** Name of the provider that the error comes from. */
  readonly provider?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The same request may succeed a moment later. */
  readonly isTransient?: boolean | undefined;
  /** Headers of the provider's response that are meant for clients. */
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined;
  readonly cause?: unknown;
}

/** A provider as an error names it. */
export interface ErrorSource {
  readonly name: string;
  /** Masks the provider's secrets, which it may have quoted. */
  readonly masker: { readonly text: (text: string) => string };
  /** What the user can do about the error, as the end of a sentence. Absent: nothing is known. */
  readonly advise?: (error: ProxyError) => string | undefined;
}

export class ProxyError extends Error {
  override readonly name = "ProxyError";
  readonly kind: ErrorKind;
  readonly status: number;
  readonly provider: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly isTransient: boolean;
  readonly headers: NonNullable<ErrorDetails["headers"]>;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message.toWellFormed(), { cause: details.cause });
    this.kind = kind;
    this.status = details.status ?? STATUS[kind];
    this.provider = details.provider;
    this.retryAfterMs = details.retryAfterMs;
    this.isTransient = details.isTransient ?? false;
    this.headers = details.headers ?? [];
  }

  /**
   * The same error with the provider's name and without its secrets: `[aliyun] …`. An error that has a name
   * keeps it.
   */
  from({ name, masker, advise }: ErrorSource): ProxyError {
    if (this.provider !== undefined) return this.masked(masker.text);
    const { message } = this.advised(advise?.(this));
    return this.with({ message: `[${name}] ${masker.text(message)}`, provider: name });
  }

  /** The same error with a next step at the end of its message. */
  advised(step: string | undefined): ProxyError {
    if (step === undefined) return this;
    return this.with({ message: `${this.message.trimEnd().replace(/[.;]$/, "")}; ${step}` });
  }

  /** The same error with its message masked. The cause is unchanged, because only the log uses it. */
  masked(mask: (text: string) => string): ProxyError {
    const message = mask(this.message);
    return message === this.message ? this : this.with({ message });
  }

  /** A copy with other details. */
  with({ message = this.message, ...details }: ErrorDetails & { readonly message?: string }): ProxyError {
    const { kind, status, provider, retryAfterMs, isTransient, headers, cause } = this;
    const own = { status, provider, retryAfterMs, isTransient, headers, cause };
    return new ProxyError(kind, message, { ...own, ...details });
  }
}

/** Whether an error is the provider's own explanation, not derived from its bytes or its connection. */
export function isExplained(error: unknown): error is ProxyError {
  return error instanceof ProxyError && !error.kind.startsWith("upstream-");
}

/** The exact message after which clients offer to pull a model. It must not contain the provider's name. */
export function modelNotFound(model: string, provider?: string): ProxyError {
  return new ProxyError("model-not-found", `model '${model}' not found`, { provider });
}

/** Whether a provider's status says that the same request may succeed a moment later. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** The provider ended the stream properly, but before the reply was complete. */
export function truncatedReply(): ProxyError {
  return new ProxyError(
    "upstream-truncated",
    "The provider ended the stream before the reply was complete; try again",
  );
}

/** The provider ended the stream without any part of a reply. `sent` is the text that it sent instead. */
export function emptyReply(sent = ""): ProxyError {
  const but = sent === "" ? "" : `, only "${sent}"`;
  return new ProxyError("upstream-empty", `The provider sent an empty reply${but}; try again`, {
    isTransient: true,
  });
}

/** The provider ended the reply before its first content, because its content filter objected. */
export function filteredReply(): ProxyError {
  return new ProxyError(
    "forbidden",
    "The provider's content filter blocked the response; rephrase the request",
  );
}

/**
 * The framing of a stream broke after the reply had begun. If the reason of `cause` is `limit`, its message
 * is meant for the user.
 */
export function brokenReply(cause: unknown): ProxyError {
  const isLimit = cause instanceof Error && "reason" in cause && cause.reason === "limit";
  const message = isLimit
    ? cause.message
    : "The provider sent invalid JSON in the middle of the reply; try again";
  return new ProxyError("upstream-invalid", message, { cause });
}
