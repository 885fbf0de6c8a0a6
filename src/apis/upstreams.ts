/** Every upstream API by its name in the configuration, `api_type`. A new one is a folder with `upstream/` and a row here. */
import type { ChatCodec, EmbeddingsCodec, UpstreamApi } from "./api.ts";
import { OLLAMA_MODELS } from "./ollama/upstream/api.ts";
import { OPENAI_API } from "./openai/upstream/api.ts";

/** The values of `api_type`, in lower case. */
export const UPSTREAM_API_NAMES = ["openai", "ollama"] as const;

export type UpstreamApiName = (typeof UPSTREAM_API_NAMES)[number];

export const UPSTREAM_APIS: { readonly [name in UpstreamApiName]: UpstreamApi } = {
  openai: OPENAI_API,
  // An Ollama server speaks OpenAI's API under /v1, to which the requests of other client APIs are translated.
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
