/**
 * All upstream APIs, by their `api_type` in the configuration. A new one needs a folder with `upstream/` and
 * a row here.
 */
import { ANTHROPIC_API } from "./anthropic/upstream/api.ts";
import type { ChatCodec, EmbeddingsCodec, UpstreamApi } from "./api.ts";
import { OLLAMA_MODELS } from "./ollama/upstream/api.ts";
import { OPENAI_API } from "./openai/upstream/api.ts";

/** The values of `api_type`, in lower case. */
export const UPSTREAM_API_NAMES = ["openai", "ollama", "anthropic"] as const;

export type UpstreamApiName = (typeof UPSTREAM_API_NAMES)[number];

export const UPSTREAM_APIS: { readonly [name in UpstreamApiName]: UpstreamApi } = {
  openai: OPENAI_API,
  anthropic: ANTHROPIC_API,
  // An Ollama server also serves OpenAI's API under /v1. Requests of other client APIs are translated to it.
  ollama: {
    ...OPENAI_API,
    ...OLLAMA_MODELS,
    chat: under("/v1", OPENAI_API.chat),
    embeddings: embeddingsUnder("/v1", OPENAI_API.embeddings),
  },
};

function under(prefix: string, codec: ChatCodec): ChatCodec {
  return {
    ...codec,
    encodeRequest: (request, model, options) => {
      const encoded = codec.encodeRequest(request, model, options);
      return { ...encoded, path: prefix + encoded.path };
    },
  };
}

function embeddingsUnder(prefix: string, codec: EmbeddingsCodec): EmbeddingsCodec {
  return { ...codec, path: prefix + codec.path };
}
