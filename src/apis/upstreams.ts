/**
 * All upstream APIs, by their `api_type` in the configuration. A new one needs a folder with `upstream/` and
 * a row here.
 */
import { RESPONSES_OPTIONS } from "../options/openai.ts";
import { ANTHROPIC_API } from "./anthropic/upstream/api.ts";
import type { UpstreamApi, UpstreamApiName } from "./upstream-api.ts";
import { OLLAMA_API } from "./ollama/upstream/api.ts";
import { OPENAI_API } from "./openai/upstream/api.ts";
import { withResponses } from "./responses/upstream/api.ts";

const OPENAI_APIS = withResponses(OPENAI_API);

export const UPSTREAM_APIS: { readonly [name in UpstreamApiName]: UpstreamApi } = {
  openai: OPENAI_APIS,
  anthropic: ANTHROPIC_API,
  responses: { ...OPENAI_APIS, optionSource: RESPONSES_OPTIONS },
  // An Ollama server also serves OpenAI's API under /v1, so errors of relayed requests teach the same.
  ollama: {
    ...OLLAMA_API,
    optionSource: {
      ...OPENAI_API.optionSource,
      defaults: { ...OPENAI_API.optionSource.defaults, responses: "relay", thinking: "effort" },
    },
    requestFixes: OPENAI_API.requestFixes,
  },
};
