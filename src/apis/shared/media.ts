/** Images and sounds in requests: plain base64, data URIs, or URLs. */
import { ProxyError } from "../../chat/error.ts";
import type { Part } from "../../chat/request.ts";

/** First bytes, one character per byte, and their media type. `?` matches any byte. */
const SIGNATURES: readonly (readonly [signature: string, mediaType: string])[] = [
  ["\x89PNG", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["GIF8", "image/gif"],
  ["RIFF????WEBP", "image/webp"],
  ["RIFF????WAVE", "audio/wav"],
  ["BM", "image/bmp"],
  ["II*\0", "image/tiff"],
  ["MM\0*", "image/tiff"],
  ["????ftypavif", "image/avif"],
  ["????ftypheic", "image/heic"],
  ["????ftypmif1", "image/heic"],
  ["ID3", "audio/mpeg"],
  ["\xff\xfb", "audio/mpeg"],
];

/** The media type of the first bytes. It is more reliable than a declared type. */
function sniffMediaType(base64: string): string | undefined {
  const head = decodeHead(base64);
  return SIGNATURES.find(([signature]) => announces(head, signature))?.[1];
}

/** The media type of an unknown image, as in Ollama. */
const DEFAULT_MEDIA_TYPE = "image/jpeg";

/**
 * An image, or a sound if its type is one. `text` is base64 of either alphabet, a data URI, or an http URL.
 */
export function decodeMedia(text: string): Part {
  if (/^https?:\/\//i.test(text)) return { type: "image-url", url: text };
  const base64 = text
    .replace(/^data:[^,]*,/i, "")
    .replaceAll(/\s/g, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  const padded = base64.padEnd(Math.ceil(base64.length / 4) * 4, "=");
  const declared = /^data:([\w.+/-]+)[;,]/i.exec(text)?.[1]?.toLowerCase();
  const mediaType = sniffMediaType(padded) ?? declared ?? DEFAULT_MEDIA_TYPE;
  return { type: mediaType.startsWith("audio/") ? "audio" : "image", mediaType, data: padded };
}

/** A document inside the request. `text` is base64 or a data URI. Undefined when it is empty. */
export function decodeFile(text: string | undefined, declared?: string, name?: string): Part | undefined {
  if (text === undefined || text === "") return undefined;
  const [prefix = ""] = /^data:[^,]*,/i.exec(text) ?? [];
  const mediaType = /^data:([\w.+/-]+)/i.exec(prefix)?.[1]?.toLowerCase() ?? declared ?? "application/pdf";
  if (mediaType.startsWith("image/")) return decodeMedia(text);
  const data = text.slice(prefix.length).replaceAll(/\s/g, "");
  return { type: "file", mediaType, data, name: name ?? `document.${mediaType.split(/[/+.]/).at(-1) ?? ""}` };
}

/** Like `decodeMedia`, for fields that hold a URL. Throws `bad-request`, with Ollama's exact message. */
export function decodeImageUrl(url: string): Part {
  const isReadable = /^(?:https?:\/\/|data:[^,]*,)/i.test(url) || /^[\w+/-]{8}[^:]*$/.test(url.slice(0, 64));
  if (!isReadable) throw new ProxyError("bad-request", "invalid image input");
  return decodeMedia(url);
}

function announces(head: string, signature: string): boolean {
  for (let index = 0; index < signature.length; index += 1) {
    if (signature[index] !== "?" && signature[index] !== head[index]) return false;
  }
  return true;
}

function decodeHead(base64: string): string {
  try {
    return atob(base64.slice(0, 16));
  } catch {
    return "";
  }
}
