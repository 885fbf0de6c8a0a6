/**
 * Relays requests of `/v1/embeddings` to a provider with the same API. Vectors are converted to the format
 * that the client requested. The rest of the reply stays as the provider wrote it.
 */
import { type JsonObject, arrayAt, isObject, objectAt, parseJson } from "../../wire/json.ts";
import { replaceMember } from "../../wire/json-edit.ts";
import { withoutEndMark } from "../../wire/sse.ts";
import { patchJson } from "../../wire/json-patch.ts";
import type { Relay } from "../endpoint.ts";
import { errorInReply } from "../shared/whole-reply.ts";
import { openAiRelay, reportUsage } from "./relay.ts";
import { entriesIn, inOrder, miscounted, vectorIn } from "./upstream/embeddings.ts";
import { type WantedVectors, asWanted, wantedVectors } from "./vectors.ts";

export const EMBEDDINGS_RELAY: Relay = {
  ...openAiRelay("/embeddings", "embeddings"),
  // Inputs above the provider's batch limit are not relayed: they need several requests.
  isServed: ({ maxEmbeddingBatch }, { inputCount = 1 }) => inputCount <= maxEmbeddingBatch,
  readReply: ({ text }, { body, model, inputCount }, _options, context) => {
    const sent = parseJson(withoutEndMark(text));
    const reply = asReply(sent);
    const error = errorInReply("embeddings", reply, text);
    if (error !== undefined) throw error;
    reportUsage(reply, context);
    const found = isObject(reply) ? withVectors(reply, wantedVectors(body), inputCount) : reply;
    const edited =
      isObject(sent) && reply === sent
        ? patchJson(withoutEndMark(text).trim(), sent, found)
        : JSON.stringify(found);
    return replaceMember(edited, "model", JSON.stringify(model));
  },
};

/** The reply in OpenAI's format. Returns the same value when it has that format, or no entries. */
function asReply(sent: unknown): unknown {
  const entries = entriesIn(sent);
  if (entries.length === 0 || arrayAt(sent, "data").length > 0) return sent;
  const data = entries.map((entry, index) => ({
    object: "embedding",
    index: isObject(entry) ? (entry["index"] ?? index) : index,
    embedding: vectorIn(entry),
  }));
  const usage = objectAt(sent, "usage") ?? { prompt_tokens: 0, total_tokens: 0 };
  return { object: "list", data, model: "", usage };
}

/** Throws `upstream-invalid` when an input has no vector. */
function withVectors(reply: JsonObject, wanted: WantedVectors, inputCount: number | undefined): JsonObject {
  const sent = arrayAt(reply, "data");
  const ordered = inOrder(sent);
  const expected = inputCount ?? sent.length;
  const data = Array.from({ length: Math.max(expected, sent.length) }, (_, index) => {
    const entry = ordered.get(index);
    if (!isObject(entry)) return entry;
    const embedding = asWanted(entry["embedding"], wanted);
    return embedding === entry["embedding"] && entry["index"] === index
      ? entry
      : { ...entry, index, embedding };
  });
  const found = data.filter((entry) => isObject(entry) && entry["embedding"] !== undefined).length;
  if (found < expected || found < sent.length) throw miscounted(found, Math.max(expected, sent.length));
  return data.every((entry, index) => entry === sent[index]) ? reply : { ...reply, data };
}
