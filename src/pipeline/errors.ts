/** The error for the client when a provider returns an error response. */
import { type ErrorKind, type ErrorSource, type ProxyError, modelNotFound } from "../chat/error.ts";
import type { Exchange } from "../providers/exchange.ts";

/** The two names of the model that a request was about. */
export interface ModelNames {
  /** The provider's. */
  readonly id: string;
  /** The client's. */
  readonly name: string;
}

/** The error of an error response, with the provider's name. Reads the whole body. */
export async function errorOf(
  exchange: Exchange,
  decodeError: (status: number, text: string) => ProxyError,
  names: ModelNames,
): Promise<ProxyError> {
  const error = decodeError(exchange.status, await exchange.text());
  return named(error.with({ retryAfterMs: exchange.retryAfterMs }), exchange.provider, names);
}

/** The error with the client's name of the model, the provider's name in front, and the provider's secrets masked. */
export function named(error: ProxyError, provider: ErrorSource, names: ModelNames): ProxyError {
  // Clients compare the whole sentence, so it stays without the provider's name. The name of the model has it.
  if (error.kind === "model-not-found") return modelNotFound(names.name, provider.name);
  const tagged = error.from(provider);
  return tagged.with({ message: renamed(tagged.message, names) });
}

function renamed(message: string, { id, name }: ModelNames): string {
  if (id === "" || id === name) return message;
  const tagged = name.includes(":") ? name : `${name}:latest`;
  let text = message.replaceAll(`library/${id} `, `library/${tagged} `);
  for (const quote of ['"', "'", "`"]) text = text.replaceAll(quote + id + quote, quote + name + quote);
  return text;
}

/** Errors after which the same request may succeed later. */
const REPEATABLE: ReadonlySet<ErrorKind> = new Set(["rate-limited", "overloaded"]);

/** The error with the number of requests that were sent, and with the time to wait unless the provider says it. */
export function afterRetries(error: ProxyError, sent: number): ProxyError {
  if (!REPEATABLE.has(error.kind)) return error;
  const tried = sent > 1 ? [`it was sent ${sent} times`] : [];
  const isSaid = /\bagain (?:in|at|after)\b|\bretry\b/i.test(error.message);
  const { retryAfterMs } = error;
  const wait = retryAfterMs === undefined || isSaid ? [] : [`try again in ${formatWait(retryAfterMs)}`];
  return tried.length + wait.length === 0 ? error : error.advised([...tried, ...wait].join("; "));
}

function formatWait(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
