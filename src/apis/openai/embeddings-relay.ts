/**
 * How requests of `/v1/embeddings` pass to a provider that speaks it. The vectors come in the form that the client asked
 * for; all else of the reply passes as the provider wrote it.
 */
import { type JsonObject, arrayAt, isObject, parseJson } from "../../wire/json.ts";
import { replaceMember } from "../../wire/json-edit.ts";
import { patchJson } from "../../wire/json-patch.ts";
import type { Relay } from "../api.ts";
import { errorInReply } from "../shared/whole-reply.ts";
import { openAiRelay, reportUsage } from "./relay.ts";
import { miscounted } from "./upstream/embeddings.ts";
import { type WantedVectors, asWanted, wantedVectors } from "./vectors.ts";

export const EMBEDDINGS_RELAY: Relay = {
  ...openAiRelay("/embeddings", "embeddings"),
  // More than the provider takes at once are asked for in several requests.
  isServed: ({ maxEmbeddingBatch }, { inputCount = 1 }) => inputCount <= maxEmbeddingBatch,
  readReply: ({ text }, { body, model, inputCount }, _options, context) => {
    const reply = parseJson(text);
    const error = errorInReply("embeddings", reply, text);
    if (error !== undefined) throw error;
    reportUsage(reply, context);
    const found = isObject(reply) ? withVectors(reply, wantedVectors(body), inputCount) : reply;
    return replaceMember(patchJson(text.trim(), reply, found), "model", JSON.stringify(model));
  },
};

/** Throws `upstream-invalid` when an input has no vector. */
function withVectors(reply: JsonObject, wanted: WantedVectors, inputCount: number | undefined): JsonObject {
  const sent = arrayAt(reply, "data");
  const data = sent.map((entry) => {
    if (!isObject(entry)) return entry;
    const embedding = asWanted(entry["embedding"], wanted);
    return embedding === entry["embedding"] ? entry : { ...entry, embedding };
  });
  const found = data.filter((entry) => isObject(entry) && entry["embedding"] !== undefined).length;
  const expected = inputCount ?? sent.length;
  if (found < expected || found < sent.length) throw miscounted(found, Math.max(expected, sent.length));
  return data.every((entry, index) => entry === sent[index]) ? reply : { ...reply, data };
}
