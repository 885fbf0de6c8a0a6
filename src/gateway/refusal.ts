/** What it means to the client when a provider answers with a status that is not a success. */
import { ProxyError, modelNotFound } from "../chat/error.ts";
import type { Exchange } from "../providers/client.ts";

/** The error, named after the provider; `model` is the name by which the client asked. Reads the body to its end. */
export async function refusal(
  exchange: Exchange,
  decodeError: (status: number, text: string) => ProxyError,
  model: string,
): Promise<ProxyError> {
  return refused(decodeError(exchange.status, await exchange.text()), exchange, model);
}

/** The same for an error that is already known. */
export function refused(error: ProxyError, { provider, retryAfterMs }: Exchange, model: string): ProxyError {
  if (error.kind === "model-not-found") return modelNotFound(model, provider.name);
  return new ProxyError(error.kind, error.message, {
    status: error.status,
    retryAfterMs,
    cause: error.cause,
  }).from(provider.name);
}
