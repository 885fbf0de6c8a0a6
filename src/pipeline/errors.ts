/** What it means to the client when a provider answers with a status that is not a success. */
import { ProxyError, modelNotFound } from "../chat/error.ts";
import type { Exchange } from "../providers/client.ts";

/** The two names of the model that a request was about. */
interface Asked {
  /** The provider's. */
  readonly id: string;
  /** The client's. */
  readonly name: string;
}

/** The error, named after the provider. Reads the body to its end. */
export async function refusal(
  exchange: Exchange,
  decodeError: (status: number, text: string) => ProxyError,
  asked: Asked,
): Promise<ProxyError> {
  return refused(decodeError(exchange.status, await exchange.text()), exchange, asked);
}

/** The same for an error that is already known. */
export function refused(error: ProxyError, { provider, retryAfterMs }: Exchange, asked: Asked): ProxyError {
  if (error.kind === "model-not-found") return modelNotFound(asked.name, provider.name);
  const { kind, status, cause } = error;
  const message = renamed(provider.masker.text(error.message), asked);
  const details = { status, retryAfterMs, cause };
  // The client's name of the model has the provider's tag, and clients match on whole sentences.
  return message === error.message
    ? new ProxyError(kind, message, details).from(provider)
    : new ProxyError(kind, message, { ...details, provider: provider.name });
}

/** What is said of the model, in words that the client's user understands. */
function renamed(message: string, { id, name }: Asked): string {
  if (id === "" || !name.startsWith("[")) return message;
  const tagged = name.includes(":") ? name : `${name}:latest`;
  let text = message.replaceAll(`library/${id} `, `library/${tagged} `);
  for (const quote of ['"', "'", "`"]) text = text.replaceAll(quote + id + quote, quote + name + quote);
  return text;
}
