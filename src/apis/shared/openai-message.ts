/** Parts of messages that chat completions and responses share. */
import { ProxyError } from "../../chat/error.ts";
import { wellFormedJson } from "../../chat/surrogates.ts";
import { objectText } from "../../chat/tool-arguments.ts";

/** JSON text of an object. Throws `bad-request`, in the words of Ollama. */
export function argumentsText(value: string | object | undefined): string {
  if (typeof value === "object") return wellFormedJson(JSON.stringify(value));
  const text = objectText(value ?? "");
  if (text === undefined) throw new ProxyError("bad-request", "invalid tool call arguments");
  return text;
}

/** By its id or address only the service that keeps a file knows it. Throws `unsupported`, in the words of Ollama. */
export function refuseFile(): never {
  throw new ProxyError("unsupported", "file inputs are not currently supported");
}
