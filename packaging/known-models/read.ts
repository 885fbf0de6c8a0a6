/** Reads the models of each provider from the sources. */
import { join } from "node:path";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../src/wire/json.ts";

export interface Provider {
  /** Hosts as in a section of the table; empty: unknown. */
  readonly hosts: readonly string[];
  /** The provider makes the models that it serves, so its facts are the most reliable. */
  readonly isMaker: boolean;
  readonly models: readonly Model[];
}

export interface Model {
  readonly id: string;
  readonly window: number;
  readonly output: number | undefined;
  /** `v` vision, `t` thinking; undefined: unknown. */
  readonly flags: string | undefined;
  /** US dollars per million tokens: input, output, cached input, written to the cache; undefined: unknown. */
  readonly prices?: readonly [number, number, number, number] | undefined;
}

/** The files of first-party providers. */
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

/** Hosts of providers that have more hosts than the source lists, or one for each region or customer. */
const HOSTS: { readonly [file: string]: readonly string[] } = {
  "amazon-bedrock": ["bedrock-runtime.*.amazonaws.com"],
  azure: ["*.openai.azure.com", "*.services.ai.azure.com", "*.cognitiveservices.azure.com"],
  "github-copilot": ["api.githubcopilot.com", "*.githubcopilot.com"],
  "google-vertex": ["aiplatform.googleapis.com", "*-aiplatform.googleapis.com"],
  together: ["api.together.ai", "api.together.xyz"],
};

/** The source has one JSON file per provider. Its models contain their base URL. */
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
    prices: pricesIn(objectAt(model, "cost")),
  };
}

/** Zero stands for a model that is part of a subscription, or whose price is unknown. */
function pricesIn(cost: JsonObject | undefined): Model["prices"] {
  const [input = 0, output = 0, cached = 0, written = 0] = ["input", "output", "cacheRead", "cacheWrite"].map(
    (name) => numberAt(cost, name) ?? 0,
  );
  return input > 0 && output > 0 ? [input, output, cached, written] : undefined;
}

/** The source is code. The pattern of a provider precedes its models, and the id of a model precedes its window. */
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

/** The host of a URL pattern; none for a pattern with several hosts or a path. */
function hostsOf(pattern: string): readonly string[] {
  const host = pattern
    .replaceAll("\\\\", "\\")
    .replace(/^https:\/\//, "")
    .replace(/\((?:\?:)?\/\|\$\)$/, "")
    .replaceAll("\\.", ".");
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host) ? [host] : [];
}
