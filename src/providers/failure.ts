/** Maps the errors of an exchange with a provider, as Bun reports them, to errors for users. */
import { type ErrorSource, ProxyError } from "../chat/error.ts";
import type { Log } from "../runtime.ts";

/** The error with the provider's name. After an abort it has none, because the provider is not the cause. */
export function namedError(error: unknown, signal: AbortSignal, provider: ErrorSource, log: Log): ProxyError {
  const failure = toProxyError(error, signal);
  if (signal.aborted) return failure.masked(provider.masker.text);
  // The runtime's message contains the whole URL, so only the log gets it.
  if (failure.kind === "internal" && failure !== error)
    log("error", "Internal error", { provider: provider.name, cause: String(error) });
  else if (failure !== error)
    log("debug", "Cause of a failed request", { provider: provider.name, cause: String(error) });
  return failure.from(provider);
}

/** `signal` is the signal of the request. When it has aborted, it is the cause of every failure. */
function toProxyError(error: unknown, signal: AbortSignal): ProxyError {
  if (error instanceof ProxyError) return error;
  if (signal.aborted) {
    if (signal.reason instanceof ProxyError) return signal.reason;
    return new ProxyError("canceled", "request canceled", { cause: error });
  }
  if (isOwnFault(error)) {
    return new ProxyError("internal", "Internal error of ollama-proxy; see its log for details", {
      cause: error,
    });
  }
  const code = codeOf(error);
  const explanation = EXPLANATIONS.find(([pattern]) => pattern.test(code))?.[1];
  const [kind, message] = explanation ?? [
    "upstream-unreachable",
    // The runtime's message is not used: it quotes the URL, whose query may contain a secret.
    `The request to the provider failed (${code === "" ? "unknown reason" : code}); try again, and check its "url"`,
  ];
  return new ProxyError(kind, message, { cause: error });
}

/** Whether the provider cannot have received the request, so that it is safe to send it again. */
export function neverArrived(error: ProxyError): boolean {
  return (
    error.kind === "upstream-unreachable" &&
    /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/.test(codeOf(error.cause))
  );
}

/** Whether the connection was closed or reset. */
export function wasReset(error: ProxyError): boolean {
  return error.kind === "upstream-truncated" && /^(?:ECONNRESET|ConnectionClosed)$/.test(codeOf(error.cause));
}

/** Whether the error comes from this program: the errors of the runtime have a code. */
function isOwnFault(error: unknown): boolean {
  if (!(error instanceof Error) || "code" in error) return false;
  return /^(?:TypeError|RangeError|ReferenceError|SyntaxError)$/.test(error.name);
}

type Explanation = readonly [
  "upstream-unreachable" | "upstream-timeout" | "upstream-truncated" | "upstream-invalid",
  string,
];

/** Codes as measured on Bun 1.4.5. */
const EXPLANATIONS: readonly (readonly [RegExp, Explanation])[] = [
  [
    /^ECONNREFUSED$/,
    [
      "upstream-unreachable",
      'Cannot connect to the provider: connection refused; check that it is running, and check its "url"',
    ],
  ],
  [
    /^(?:ENOTFOUND|EAI_AGAIN)$/,
    ["upstream-unreachable", 'Cannot find the provider\'s host; check its "url" and the network connection'],
  ],
  [/^ERR_INVALID_URL$/, ["upstream-unreachable", 'The "url" of the provider is not a valid URL; correct it']],
  [
    /^(?:ETIMEDOUT|TimeoutError)$/,
    ["upstream-timeout", "The connection to the provider timed out; try again"],
  ],
  [
    /^(?:ECONNRESET|ConnectionClosed)$/,
    ["upstream-truncated", "The provider dropped the connection; try again"],
  ],
  [
    /^(?:InvalidHTTPResponse|ZlibError)/,
    ["upstream-truncated", "The provider's reply ended early; try again"],
  ],
  [
    /^(?:Malformed_HTTP_Response|InvalidContentLength|UnrequestedUpgrade)$/,
    ["upstream-invalid", 'The provider\'s reply is not valid HTTP; check its "url"'],
  ],
  [
    /CERT|SIGNATURE|^EPROTO$/,
    [
      "upstream-unreachable",
      'Cannot make a secure connection to the provider: its certificate is not trusted, or it does not support TLS; check its "url", or set "ca_file"',
    ],
  ],
];

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "";
}

/** `what` the provider did, as the middle of a sentence. */
export function timeout(what: string): ProxyError {
  return new ProxyError(
    "upstream-timeout",
    `The provider ${what}; try again, or increase its "timeouts" in the configuration`,
  );
}

/** The time in words: `300 ms` or `1.5 s`. */
export function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}
