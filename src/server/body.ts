/** The JSON body of a request, read as Ollama's server reads it. */
import { ProxyError } from "../chat/error.ts";
import type { JsonBody } from "../gateway/relay.ts";
import type { Form } from "../gateway/transcribe.ts";
import { endOfValue } from "../wire/json-edit.ts";

/** Images make bodies of tens of megabytes; more than this is a mistake. */
const BODY_LIMIT_BYTES = 256 * 1024 * 1024;
/** Beyond this Bun answers by itself, without a word of explanation. */
export const HARD_LIMIT_BYTES = 2 * BODY_LIMIT_BYTES;

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

function readText(request: Request): Promise<string> {
  mustFit(request);
  return request.text();
}

function mustFit(request: Request): void {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length <= BODY_LIMIT_BYTES) return;
  const most = `${BODY_LIMIT_BYTES / 1024 / 1024} MiB`;
  throw new ProxyError("bad-request", `The request body is too large; at most ${most} are read`, {
    status: 413,
  });
}

const DECOMPRESSED_LIMIT_BYTES = 20 * 1024 * 1024;

async function decompress(request: Request): Promise<string> {
  try {
    const bytes = await Bun.zstdDecompress(await request.bytes());
    if (bytes.length <= DECOMPRESSED_LIMIT_BYTES) return new TextDecoder().decode(bytes);
  } catch (cause) {
    throw new ProxyError("bad-request", "failed to decompress request body", { cause });
  }
  throw new ProxyError("bad-request", "failed to decompress request body");
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
