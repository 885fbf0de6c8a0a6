/** The JSON body of a request, read as Ollama's server reads it. */
import { ProxyError } from "../chat/error.ts";
import type { JsonBody } from "../gateway/relay.ts";
import type { Form } from "../gateway/transcribe.ts";
import { endOfValue } from "../wire/json-edit.ts";

/** Images make bodies of tens of megabytes; more than this is a mistake. */
const BODY_LIMIT_BYTES = 256 * 1024 * 1024;
/** Beyond this Bun answers by itself, without a word; the parts of a model, which pass through unread, stay below it. */
export const HARD_LIMIT_BYTES = 1024 ** 4;

/** Throws `bad-request`, in the words of Go's decoder. The Content-Type is ignored, as there. */
export async function readJson(request: Request): Promise<JsonBody> {
  const text = await readText(request);
  if (text.trim() === "") throw new ProxyError("bad-request", "missing request body");
  return parseBody(text);
}

/** Bodies of `/v1`, which Codex compresses; an absent one is said otherwise there. Throws `bad-request`. */
export async function readCompatJson(request: Request): Promise<JsonBody> {
  const isCompressed = request.headers.get("content-encoding") === "zstd";
  const text = isCompressed ? await decompress(request) : await readText(request);
  if (text.trim() === "") throw new ProxyError("bad-request", "EOF");
  return parseBody(text);
}

/** Throws `bad-request` when the body is no form. */
export async function readForm(request: Request): Promise<Form> {
  mustFit(request);
  try {
    return await request.formData();
  } catch (cause) {
    throw new ProxyError("bad-request", "file is required: request Content-Type isn't multipart/form-data", {
      cause,
    });
  }
}

async function readText(request: Request): Promise<string> {
  mustFit(request);
  return isMeasured(request) ? request.text() : new TextDecoder().decode(await readUnmeasured(request));
}

/** Whether the client says how long its body is, and so was already held to it. */
function isMeasured(request: Request): boolean {
  return request.headers.has("content-length");
}

/** A body in chunks, which nobody knows the length of. */
async function readUnmeasured(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function mustFit(request: Request): void {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_LIMIT_BYTES) throw tooLarge();
}

function tooLarge(): ProxyError {
  const most = `${BODY_LIMIT_BYTES / 1024 / 1024} MiB`;
  return new ProxyError("bad-request", `The request body is too large; at most ${most} are read`, {
    status: 413,
  });
}

const DECOMPRESSED_LIMIT_BYTES = 20 * 1024 * 1024;

async function decompress(request: Request): Promise<string> {
  mustFit(request);
  const compressed = isMeasured(request) ? await request.bytes() : await readUnmeasured(request);
  // Imported only here: few clients compress. It stops at the limit, whatever a small body claims to hold.
  const { zstdDecompressSync } = await import("node:zlib");
  try {
    const bytes = zstdDecompressSync(compressed, { maxOutputLength: DECOMPRESSED_LIMIT_BYTES });
    return new TextDecoder().decode(bytes);
  } catch (cause) {
    throw new ProxyError("bad-request", "failed to decompress request body", { cause });
  }
}

function parseBody(text: string): JsonBody {
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    // Go's decoder stops after the first value; only a text that fails to parse is worth the second look.
    return parseFirstValue(text);
  }
}

function parseFirstValue(text: string): JsonBody {
  const first = text.slice(0, endOfValue(text));
  try {
    return { text: first, value: JSON.parse(first) };
  } catch (cause) {
    throw new ProxyError("bad-request", explain(text), { cause });
  }
}

function explain(text: string): string {
  const first = text.trimStart().charAt(0);
  return /[[{"\d\-tfn]/.test(first)
    ? "unexpected EOF"
    : `invalid character '${first}' looking for beginning of value`;
}
