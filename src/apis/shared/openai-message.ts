/** Message parts that chat completions and responses share. */
import { ProxyError } from "../../chat/error.ts";
import { wellFormedJson } from "../../chat/surrogates.ts";
import { objectText } from "../../chat/tool-arguments.ts";

/** JSON text of an object. Throws `bad-request`, with Ollama's exact message. */
export function argumentsText(value: string | object | undefined): string {
  if (typeof value === "object") return wellFormedJson(JSON.stringify(value));
  const text = objectText(value ?? "");
  if (text === undefined) throw new ProxyError("bad-request", "invalid tool call arguments");
  return text;
}

/**
 * A file id or URL is known only to the service that stores the file. Throws `unsupported`, with Ollama's
 * exact message.
 */
export function refuseFile(): never {
  throw new ProxyError("unsupported", "file inputs are not currently supported");
}
