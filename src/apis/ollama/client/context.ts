/**
 * `context` of `/api/generate`: the conversation so far, as numbers. The client keeps them and sends them
 * back.
 *
 * A real Ollama sends token ids, which only its own model can read. This proxy sends the bytes of the
 * messages as JSON. Clients accept any numbers. These numbers continue the conversation, even after a
 * restart.
 */
import type { Message } from "../../../chat/request.ts";
import { arrayAt, isObject, parseJson } from "../../../wire/json.ts";

export function packContext(turns: readonly Message[], reply: string): readonly number[] {
  const compact = turns.flatMap((turn): readonly (readonly [string, string])[] => {
    if (turn.role === "system") return [];
    const text =
      turn.role === "assistant"
        ? turn.text
        : turn.parts.map((part) => (part.type === "text" ? part.text : "")).join("");
    return [[turn.role, text]];
  });
  const last = ["assistant", reply] as const;
  let size = encode([last]).length;
  const from = compact.findLastIndex((turn) => {
    size += encode([turn]).length - EMPTY_BYTES + 1;
    return size > MAX_BYTES;
  });
  return [...encode([...compact.slice(from + 1), last])];
}

/**
 * The limit keeps the final line below what clients can read, 128 KiB in Open WebUI. The oldest turns of a
 * long conversation are omitted.
 */
const MAX_BYTES = 30_000;

const EMPTY_BYTES = '{"turns":[]}'.length;

function encode(turns: readonly (readonly [string, string])[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ turns }));
}

/** Numbers from another server, such as a real Ollama, start a new conversation. */
export function unpackContext(context: readonly unknown[]): readonly Message[] {
  if (context.length === 0 || !context.every((byte) => typeof byte === "number" && byte >= 0 && byte <= 255))
    return [];
  const packed = parseJson(new TextDecoder().decode(Uint8Array.from(context.map(Number))));
  if (!isObject(packed)) return [];
  return arrayAt(packed, "turns").map((turn): Message => {
    const [role, text] = Array.isArray(turn) ? turn : [];
    return role === "assistant"
      ? { role: "assistant", text: String(text), toolCalls: [] }
      : { role: "user", parts: [{ type: "text", text: String(text) }] };
  });
}
