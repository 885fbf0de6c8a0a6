/** Reads JSON bodies and forms, with the rules and the errors of Ollama's server. */
import { ProxyError } from "../chat/error.ts";
import type { Form, JsonBody } from "../apis/endpoint.ts";
import { withFieldCase } from "../apis/shared/field-case.ts";
import { scanGoJson } from "../wire/go-syntax.ts";
import { hasMoreValuesThan } from "../wire/json-size.ts";
import { tooDeepAt } from "../wire/nesting.ts";
import { type BodySource, readBodyBytes, readBodyText, tooLarge } from "./body-reader.ts";

/** Throws `bad-request` with the messages of Go's decoder. Ollama ignores the Content-Type, and so does this. */
export async function readJson(source: BodySource): Promise<JsonBody> {
  const text = await readBodyText(source, source.limits.maxRequestBodyBytes);
  if (text.trim() === "") throw new ProxyError("bad-request", "missing request body");
  return parseBody(text, source);
}

/** For routes under `/v1`: Codex compresses bodies, and the error of an empty body differs. Throws `bad-request`. */
export async function readCompatJson(source: BodySource): Promise<JsonBody> {
  const isCompressed = source.request.headers.get("content-encoding") === "zstd";
  const text = isCompressed
    ? await decompress(source)
    : await readBodyText(source, source.limits.maxRequestBodyBytes);
  if (text.trim() === "") throw new ProxyError("bad-request", "EOF");
  return withFieldCase(parseBody(text, source));
}

/** Throws `bad-request` when the body is no form. */
export async function readForm(source: BodySource): Promise<Form> {
  const contentType = source.request.headers.get("content-type") ?? "";
  const bytes = await readBodyBytes(source, source.limits.maxFormBytes);
  try {
    return await new Response(bytes, { headers: { "content-type": contentType } }).formData();
  } catch (cause) {
    throw new ProxyError("bad-request", "file is required: request Content-Type isn't multipart/form-data", {
      cause,
    });
  }
}

async function decompress(source: BodySource): Promise<string> {
  const limitBytes = source.limits.maxDecompressedBodyBytes;
  // A body that is over the limit when compressed is over it when decompressed.
  const compressed = await readBodyBytes(source, limitBytes);
  // Imported only here: few clients compress.
  const { zstdDecompressSync } = await import("node:zlib");
  try {
    // Decompression stops at the limit, so a small body cannot fill the memory.
    const bytes = zstdDecompressSync(compressed, { maxOutputLength: limitBytes });
    return new TextDecoder().decode(bytes);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE")
      throw tooLarge(limitBytes);
    throw new ProxyError("bad-request", "failed to decompress request body", { cause });
  }
}

function parseBody(text: string, { limits }: BodySource): JsonBody {
  const tooDeep = tooDeepAt(text);
  if (tooDeep !== -1) {
    throw new ProxyError("bad-request", `invalid character '${text.charAt(tooDeep)}' exceeded max depth`);
  }
  const { maxRequestValues } = limits;
  if (hasMoreValuesThan(maxRequestValues, text)) {
    const message = `The request body contains too many values; the limit is ${maxRequestValues}`;
    throw new ProxyError("bad-request", message, { status: 413 });
  }
  try {
    return { text, value: JSON.parse(text) };
  } catch (cause) {
    // Go's decoder ignores everything after the first value. That is checked only when the whole text cannot be parsed.
    const scan = scanGoJson(text);
    if (scan.type === "wrong") throw new ProxyError("bad-request", scan.message, { cause });
    const first = text.slice(0, scan.end);
    return { text: first, value: JSON.parse(first) };
  }
}
