/** Reads what the sources say of each provider's models. */
import { join } from "node:path";
import { type JsonObject, arrayAt, isObject, numberAt, stringAt } from "../../src/wire/json.ts";

export interface Provider {
  /** As in a section of the table; empty: known by its own name only. */
  readonly hosts: readonly string[];
  /** It serves its own models, which nobody knows better. */
  readonly isMaker: boolean;
  readonly models: readonly Model[];
}

export interface Model {
  readonly id: string;
  readonly window: number;
  readonly output: number | undefined;
  /** `v` vision, `t` thinking; undefined: unknown. */
  readonly flags: string | undefined;
}

/** Files of the makers of models. */
const MAKERS = [
  "openai",
  "anthropic",
  "google",
  "deepseek",
  "moonshotai",
  "zai",
  "mistral",
  "xai",
  "minimax",
  "meta",
  "xiaomi",
];

/** Hosts of providers that have more of them than the source says, or one for each region or customer. */
const HOSTS: { readonly [file: string]: readonly string[] } = {
  "amazon-bedrock": ["bedrock-runtime.*.amazonaws.com"],
  azure: ["*.openai.azure.com", "*.services.ai.azure.com", "*.cognitiveservices.azure.com"],
  "github-copilot": ["api.githubcopilot.com", "*.githubcopilot.com"],
  "google-vertex": ["aiplatform.googleapis.com", "*-aiplatform.googleapis.com"],
  together: ["api.together.ai", "api.together.xyz"],
};

/** One file of JSON a provider, whose models name their base URL. */
export async function readModels(folder: string): Promise<readonly Provider[]> {
  const data = join(folder, "dist/providers/data");
  const files = [...new Bun.Glob("*.json").scanSync(data)].toSorted();
  if (files.length === 0) throw new Error(`${data} has no files`);
  return Promise.all(
    files.map(async (file) => {
      const name = file.replace(/\.json$/, "");
      const found = [...modelsIn(await Bun.file(join(data, file)).json())];
      const hosts = found.map((model) => URL.parse(stringAt(model, "baseUrl") ?? "")?.host ?? "");
      return {
        hosts: HOSTS[name] ?? [...new Set(hosts)].filter(Boolean),
        isMaker: MAKERS.includes(name),
        models: found.map(toModel),
      };
    }),
  );
}

/** Every object of the tree that describes a chat model. */
function* modelsIn(value: unknown): Generator<JsonObject> {
  if (!isObject(value)) return;
  if (numberAt(value, "contextWindow") === undefined)
    for (const child of Object.values(value)) yield* modelsIn(child);
  else if (stringAt(value, "type") === "chat") yield value;
}

function toModel(model: JsonObject): Model {
  const vision = arrayAt(model, "input").includes("image") ? "v" : "";
  const thinking = model["reasoning"] === true ? "t" : "";
  return {
    id: (stringAt(model, "id") ?? "").toLowerCase(),
    window: numberAt(model, "contextWindow") ?? 0,
    output: numberAt(model, "maxTokens"),
    flags: vision + thinking,
  };
}

/** The table is code, in which a provider's pattern precedes its models, and a model's id its window. */
export async function readWindows(folder: string): Promise<readonly Provider[]> {
  const code = await Bun.file(join(folder, "dist/index.js")).text();
  const providers = code.split(/\bapi_pattern: /).slice(1);
  if (providers.length === 0) throw new Error(`${folder} has no providers`);
  return providers.map((part) => ({
    hosts: hostsOf(/^"(.*)",$/m.exec(part)?.[1] ?? ""),
    isMaker: false,
    models: [...part.matchAll(/\bid: "([^"]+)",(?:(?!\bid: ")[\s\S])*?context_window: ([\d.e]+)/g)].map(
      ([, id = "", window]) => ({
        id: id.toLowerCase(),
        window: Number(window),
        output: undefined,
        flags: undefined,
      }),
    ),
  }));
}

/** The host of a pattern of URLs; none for a pattern of more than one host, or with a path. */
function hostsOf(pattern: string): readonly string[] {
  const host = pattern
    .replaceAll("\\\\", "\\")
    .replace(/^https:\/\//, "")
    .replace(/\((?:\?:)?\/\|\$\)$/, "")
    .replaceAll("\\.", ".");
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host) ? [host] : [];
}
