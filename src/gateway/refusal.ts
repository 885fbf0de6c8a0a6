/** What it means to the client when a provider answers with a status that is not a success. */
import { type ProxyError, modelNotFound } from "../chat/error.ts";
import type { Exchange } from "../providers/client.ts";

/** The error, named after the provider; `model` is the name by which the client asked. Reads the body to its end. */
export async function refusal(
  exchange: Exchange,
  decodeError: (status: number, text: string) => ProxyError,
  model: string,
): Promise<ProxyError> {
  const error = decodeError(exchange.status, await exchange.text());
  const { name } = exchange.provider;
  return error.kind === "model-not-found" ? modelNotFound(model, name) : error.from(name);
}
