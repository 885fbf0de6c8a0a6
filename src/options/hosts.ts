/**
 * Providers that users can add by name. The names of the variables are those of the providers' own documentation and SDKs.
 */

/** One region of a provider. Its keys are not accepted in other regions. */
interface Endpoint {
  /** The base URL. */
  readonly url: string;
  /** The page where the provider issues keys. */
  readonly keyUrl: string;
}

export interface KnownHost {
  /** The name of the provider in the configuration. */
  readonly name: string;
  readonly title: string;
  /** The value of `api_type`; undefined: the default. */
  readonly apiType?: "Ollama" | "Anthropic";
  /** The usual names of the environment variable with the key. */
  readonly keyVariables: readonly string[];
  readonly endpoints: readonly [Endpoint, ...Endpoint[]];
}

function host(
  name: string,
  title: string,
  keyVariables: readonly string[],
  ...endpoints: readonly [Endpoint, ...Endpoint[]]
): KnownHost {
  return { name, title, keyVariables, endpoints };
}

function at(url: string, keyUrl: string): Endpoint {
  return { url, keyUrl };
}

export const KNOWN_HOSTS: readonly KnownHost[] = [
  host(
    "openai",
    "OpenAI",
    ["OPENAI_API_KEY"],
    at("https://api.openai.com/v1", "https://platform.openai.com/api-keys"),
  ),
  {
    ...host(
      "anthropic",
      "Anthropic (Claude)",
      ["ANTHROPIC_API_KEY"],
      at("https://api.anthropic.com", "https://console.anthropic.com/settings/keys"),
    ),
    apiType: "Anthropic",
  },
  host(
    "gemini",
    "Google Gemini",
    ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    at("https://generativelanguage.googleapis.com/v1beta/openai", "https://aistudio.google.com/apikey"),
  ),
  host(
    "openrouter",
    "OpenRouter",
    ["OPENROUTER_API_KEY"],
    at("https://openrouter.ai/api/v1", "https://openrouter.ai/settings/keys"),
  ),
  host(
    "aliyun",
    "Alibaba Cloud Model Studio (DashScope, Qwen)",
    ["DASHSCOPE_API_KEY"],
    at(
      "https://dashscope.aliyuncs.com/compatible-mode/v1",
      "https://bailian.console.aliyun.com/?tab=model#/api-key",
    ),
    at(
      "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
      "https://modelstudio.console.alibabacloud.com/?tab=dashboard#/api-key",
    ),
  ),
  host(
    "deepseek",
    "DeepSeek",
    ["DEEPSEEK_API_KEY"],
    at("https://api.deepseek.com/v1", "https://platform.deepseek.com/api_keys"),
  ),
  host(
    "mistral",
    "Mistral",
    ["MISTRAL_API_KEY"],
    at("https://api.mistral.ai/v1", "https://console.mistral.ai/api-keys"),
  ),
  host(
    "groq",
    "Groq",
    ["GROQ_API_KEY"],
    at("https://api.groq.com/openai/v1", "https://console.groq.com/keys"),
  ),
  host("xai", "xAI (Grok)", ["XAI_API_KEY"], at("https://api.x.ai/v1", "https://console.x.ai")),
  {
    ...host(
      "ollama",
      "Ollama cloud (ollama.com)",
      ["OLLAMA_API_KEY"],
      at("https://ollama.com", "https://ollama.com/settings/keys"),
    ),
    apiType: "Ollama",
  },
  host(
    "moonshot",
    "Moonshot AI (Kimi)",
    ["MOONSHOT_API_KEY"],
    at("https://api.moonshot.ai/v1", "https://platform.moonshot.ai/console/api-keys"),
    at("https://api.moonshot.cn/v1", "https://platform.moonshot.cn/console/api-keys"),
  ),
  host(
    "kimi",
    "Kimi Code",
    ["KIMI_API_KEY"],
    at("https://api.kimi.com/coding/v1", "https://www.kimi.com/code/console"),
  ),
  host(
    "zai",
    "Z.ai (GLM)",
    ["ZAI_API_KEY"],
    at("https://api.z.ai/api/paas/v4", "https://z.ai/manage-apikey/apikey-list"),
  ),
  host(
    "zhipu",
    "Zhipu BigModel (GLM)",
    ["ZHIPU_API_KEY", "ZHIPUAI_API_KEY"],
    at("https://open.bigmodel.cn/api/paas/v4", "https://open.bigmodel.cn/usercenter/apikeys"),
  ),
  host(
    "minimax",
    "MiniMax",
    ["MINIMAX_API_KEY"],
    at(
      "https://api.minimax.io/v1",
      "https://platform.minimax.io/user-center/basic-information/interface-key",
    ),
    at(
      "https://api.minimaxi.com/v1",
      "https://platform.minimaxi.com/user-center/basic-information/interface-key",
    ),
  ),
  host(
    "volcengine",
    "Volcengine Ark (Doubao)",
    ["ARK_API_KEY"],
    at(
      "https://ark.cn-beijing.volces.com/api/v3",
      "https://console.volcengine.com/ark/region:ark+cn-beijing/apiKey",
    ),
  ),
  host(
    "perplexity",
    "Perplexity",
    ["PERPLEXITY_API_KEY", "PPLX_API_KEY"],
    at("https://api.perplexity.ai", "https://www.perplexity.ai/settings/api"),
  ),
  host(
    "cohere",
    "Cohere",
    ["COHERE_API_KEY", "CO_API_KEY"],
    at("https://api.cohere.ai/compatibility/v1", "https://dashboard.cohere.com/api-keys"),
  ),
  host(
    "longcat",
    "LongCat",
    ["LONGCAT_API_KEY"],
    at("https://api.longcat.chat/openai", "https://longcat.chat/platform/api_keys"),
  ),
  host(
    "voyage",
    "Voyage AI (embeddings)",
    ["VOYAGE_API_KEY"],
    at("https://api.voyageai.com/v1", "https://dashboard.voyageai.com/organization/api-keys"),
  ),
  host(
    "modelscope",
    "ModelScope",
    ["MODELSCOPE_API_KEY"],
    at("https://api-inference.modelscope.cn/v1", "https://modelscope.cn/my/myaccesstoken"),
  ),
  host(
    "siliconflow",
    "SiliconFlow",
    ["SILICONFLOW_API_KEY"],
    at("https://api.siliconflow.com/v1", "https://cloud.siliconflow.com/account/ak"),
    at("https://api.siliconflow.cn/v1", "https://cloud.siliconflow.cn/account/ak"),
  ),
  host(
    "together",
    "Together AI",
    ["TOGETHER_API_KEY"],
    at("https://api.together.xyz/v1", "https://api.together.ai/settings/api-keys"),
  ),
  host(
    "fireworks",
    "Fireworks AI",
    ["FIREWORKS_API_KEY"],
    at("https://api.fireworks.ai/inference/v1", "https://app.fireworks.ai/settings/users/api-keys"),
  ),
  host(
    "deepinfra",
    "DeepInfra",
    ["DEEPINFRA_API_KEY", "DEEPINFRA_TOKEN"],
    at("https://api.deepinfra.com/v1/openai", "https://deepinfra.com/dash/api_keys"),
  ),
  host(
    "cerebras",
    "Cerebras",
    ["CEREBRAS_API_KEY"],
    at("https://api.cerebras.ai/v1", "https://cloud.cerebras.ai"),
  ),
  host(
    "sambanova",
    "SambaNova",
    ["SAMBANOVA_API_KEY"],
    at("https://api.sambanova.ai/v1", "https://cloud.sambanova.ai/apis"),
  ),
  host(
    "nvidia",
    "NVIDIA NIM",
    ["NVIDIA_API_KEY"],
    at("https://integrate.api.nvidia.com/v1", "https://build.nvidia.com/settings/api-keys"),
  ),
  // Its usual variable, GITHUB_TOKEN, often holds a token for other purposes.
  host(
    "github",
    "GitHub Models",
    [],
    at("https://models.github.ai/inference", "https://github.com/settings/personal-access-tokens"),
  ),
  host(
    "huggingface",
    "Hugging Face",
    ["HF_TOKEN"],
    at("https://router.huggingface.co/v1", "https://huggingface.co/settings/tokens"),
  ),
  host(
    "baseten",
    "Baseten",
    ["BASETEN_API_KEY"],
    at("https://inference.baseten.co/v1", "https://app.baseten.co/settings/api_keys"),
  ),
  host(
    "novita",
    "Novita AI",
    ["NOVITA_API_KEY"],
    at("https://api.novita.ai/openai", "https://novita.ai/settings/key-management"),
  ),
  host(
    "venice",
    "Venice",
    ["VENICE_API_KEY"],
    at("https://api.venice.ai/api/v1", "https://venice.ai/settings/api"),
  ),
  host(
    "vercel",
    "Vercel AI Gateway",
    ["AI_GATEWAY_API_KEY"],
    at("https://ai-gateway.vercel.sh/v1", "https://vercel.com/dashboard/ai-gateway/api-keys"),
  ),
];

/** The page where the provider at this URL issues keys; undefined for an unknown provider. */
export function keyUrlOf(url: string): string | undefined {
  const name = URL.parse(url)?.host;
  const endpoints = KNOWN_HOSTS.flatMap((known) => known.endpoints);
  return name === undefined
    ? undefined
    : endpoints.find((endpoint) => URL.parse(endpoint.url)?.host === name)?.keyUrl;
}

/** A name that no provider has yet. */
export function freeName(name: string, taken: readonly string[]): string {
  const used = new Set(taken.map((one) => one.toLowerCase()));
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!used.has(candidate.toLowerCase())) return candidate;
  }
}
