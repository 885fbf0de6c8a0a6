import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findConfigPath, loadConfig, parseConfig } from "../../src/config/load.ts";
import { SAMPLE, writeSample } from "../../src/config/sample.ts";
import type { Config, ProviderConfig } from "../../src/config/schema.ts";

const PREDECESSOR = `port: 11434
providers:

- name: ollama
  
# if auth needed, https is a must
  url: https://some.ollama.service:port
  
# can be null 
  secret: null
  models: 
  - qwen3-coder-plus
  api_type: Ollama

- name: aliyun
  url: https://dashscope.aliyuncs.com/compatible-mode/
  secret: sk
  models:
  - qwen3-coder-plus
  - Moonshot-Kimi-K2-Instruct
  - qwen3-max
  - glm-4.5
  api_type: Openai

- name: tsinghua
  url: https://llmapi.paratera.com
  secret: sk
  models:
  - Qwen3-Coder-Plus
  - GLM-4.5
  api_type: Openai
`;

const DEFAULTS: Omit<ProviderConfig, "name" | "url"> = {
  apiType: "openai",
  secrets: [],
  secretFile: undefined,
  secretCommand: undefined,
  headers: {},
  models: undefined,
  timeouts: { firstByteMs: 600_000, idleMs: 300_000 },
  extraBody: {},
  query: {},
  dropParams: [],
  caFile: undefined,
  allowHttp: false,
  options: {},
};

const EMPTY: Config = {
  port: 11_434,
  host: undefined,
  apiKeys: [],
  allowAnonymous: false,
  auto: false,
  allowedHosts: [],
  tls: undefined,
  attempts: { maxRequests: 6, maxWaitMs: 10_000 },
  usage: { keepDays: 90, maxMegabytes: 100 },
  metrics: false,
  limits: [],
  providers: [],
  disabled: [],
  aliases: [],
};

function parse(text: string, environment: { readonly [name: string]: string } = {}) {
  return parseConfig(text, "ollama-proxy.yaml", environment);
}

/** The settings of one provider, from the lines after `url:`. */
function parseProvider(lines: string, environment: { readonly [name: string]: string } = {}) {
  const indented = lines.replace(/^/gm, "  ");
  return parse(`providers:\n- name: a\n  url: https://a.example\n${indented}\n`, environment).config
    .providers[0];
}

test("the example of the predecessor loads unchanged", () => {
  const { config, warnings } = parse(PREDECESSOR);
  expect(config).toEqual({
    ...EMPTY,
    providers: [
      {
        ...DEFAULTS,
        name: "ollama",
        url: "https://some.ollama.service:port",
        apiType: "ollama",
        models: [{ name: "qwen3-coder-plus" }],
      },
      {
        ...DEFAULTS,
        name: "aliyun",
        url: "https://dashscope.aliyuncs.com/compatible-mode/",
        secrets: ["sk"],
        models: [
          { name: "qwen3-coder-plus" },
          { name: "Moonshot-Kimi-K2-Instruct" },
          { name: "qwen3-max" },
          { name: "glm-4.5" },
        ],
      },
      {
        ...DEFAULTS,
        name: "tsinghua",
        url: "https://llmapi.paratera.com",
        secrets: ["sk"],
        models: [{ name: "Qwen3-Coder-Plus" }, { name: "GLM-4.5" }],
      },
    ],
  });
  expect(warnings).toEqual([
    'ollama-proxy.yaml:7:8: Expected a number instead of `:port`; without it, provider "ollama" cannot be reached',
  ]);
});

test("a file loads the same with Windows line ends and a byte order mark", () => {
  expect(parse(`\uFEFF${PREDECESSOR.replaceAll("\n", "\r\n")}`)).toEqual(parse(PREDECESSOR));
});

test.each([
  "",
  "# only a comment\n",
  "providers:\n",
  "providers: null\n",
  "providers: []\n",
  "port: 11434\n",
])("a configuration without providers is valid: %j", (text) => {
  expect(parse(text)).toEqual({ config: EMPTY, warnings: [] });
});

test("the sample loads unchanged, without a provider", () => {
  expect(parse(SAMPLE)).toEqual({ config: EMPTY, warnings: [] });
});

test("the sample loads with its examples uncommented", () => {
  const text = SAMPLE.replace(/^# (?=- | {2}|host: |api_keys: |models:$)/gm, "").replace(
    "sk-your-key",
    "sk-mine",
  );
  const { config, warnings } = parse(text, {
    OLLAMA_PROXY_KEY: "0123456789abcdef",
    OPENROUTER_API_KEY: "from the environment".replaceAll(" ", "-"),
    ANTHROPIC_API_KEY: "from-the-environment",
  });
  expect(warnings).toEqual([]);
  expect(config.host).toBe("0.0.0.0");
  expect(config.apiKeys).toMatchObject([{ name: "laptop", secret: "0123456789abcdef" }]);
  expect(
    config.providers.map(({ name, apiType, secrets, models }) => ({
      name,
      apiType,
      secret: secrets[0],
      models,
    })),
  ).toEqual([
    {
      name: "aliyun",
      apiType: "openai",
      secret: "sk-mine",
      models: [{ name: "qwen3-max" }, { name: "glm-*" }],
    },
    { name: "openrouter", apiType: "openai", secret: "from-the-environment", models: undefined },
    { name: "claude", apiType: "anthropic", secret: "from-the-environment", models: undefined },
    { name: "office", apiType: "ollama", secret: undefined, models: undefined },
  ]);
});

test.each([
  ["api_type: OLLAMA", { apiType: "ollama" }],
  ["api_type: null", { apiType: "openai" }],
  ["models: []", { models: undefined }],
  ["models:", { models: undefined }],
  [
    "models: [4, 4.10, true, plain]",
    { models: [{ name: "4" }, { name: "4.10" }, { name: "true" }, { name: "plain" }] },
  ],
  [
    "models: [{name: a, context_length: 8192, capabilities: [tools, vision]}, {name: 7}]",
    { models: [{ name: "a", contextLength: 8192, capabilities: ["tools", "vision"] }, { name: "7" }] },
  ],
  ["timeouts: {idle: 500ms, first_byte: 1h}", { timeouts: { firstByteMs: 3_600_000, idleMs: 500 } }],
  ["timeouts: {idle: 90}", { timeouts: { ...DEFAULTS.timeouts, idleMs: 90_000 } }],
  ["extra_body: {top: {k: [1, null]}}", { extraBody: { top: { k: [1, null] } } }],
  ["query: {api-version: 2024-06-01, n: 1.0}", { query: { "api-version": "2024-06-01", n: "1.0" } }],
  ["drop_params: [logprobs]", { dropParams: ["logprobs"] }],
  ["headers: {X-Trace: 007}", { headers: { "X-Trace": "007" } }],
  [
    "options: {max_tokens_field: max_completion_tokens, samplers: {top_k: k}, thinking: {on: {a: 1}, off: {}}}",
    {
      options: {
        maxTokensField: "max_completion_tokens",
        samplers: { top_k: "k" },
        thinking: { on: { a: 1 }, off: {} },
      },
    },
  ],
  ["secret: 12345678901234567890", { secrets: ["12345678901234567890"] }],
  ["secret: ''", { secret: undefined }],
  [`secret: "  'sk-1' \\n"`, { secrets: ["sk-1"] }],
  ["secret: Bearer sk-1", { secrets: ["sk-1"] }],
  [`secret: '"bearer  sk-1"'`, { secrets: ["sk-1"] }],
  ["secret: ${KEY}", { secrets: ["a:'#{}\"b"] }],
  ["headers: {X-A: 'v-${KEY}'}", { headers: { "X-A": "v-a:'#{}\"b" } }],
  ["secret: $2a$10$x", { secrets: ["$2a$10$x"] }],
  ["secret: QUJDREVGR0g=", { secrets: ["QUJDREVGR0g="] }],
  ["# a comment", {}],
])("provider with %s", (lines, expected) => {
  const provider: unknown = parseProvider(lines, { KEY: "a:'#{}\"b" });
  expect(provider).toEqual({ ...DEFAULTS, name: "a", url: "https://a.example", ...expected });
});

test("anchors, aliases and merged mappings are resolved", () => {
  const text = `providers:
- &base {name: a, url: "https://a.example", headers: &h {x: "\${X}"}, models: [one]}
- {<<: *base, name: b}
- {name: c, url: "https://c.example", headers: *h}
`;
  const { config } = parse(text, { X: "${X}" });
  expect(config.providers).toEqual([
    { ...DEFAULTS, name: "a", url: "https://a.example", headers: { x: "${X}" }, models: [{ name: "one" }] },
    { ...DEFAULTS, name: "b", url: "https://a.example", headers: { x: "${X}" }, models: [{ name: "one" }] },
    { ...DEFAULTS, name: "c", url: "https://c.example", headers: { x: "${X}" } },
  ]);
});

test("the path comes from the flag, the environment, or the home directory, in this order", () => {
  const home = { HOME: "/home/me", USERPROFILE: "/home/me" };
  expect(findConfigPath("a.yaml", { ...home, OLLAMA_PROXY_CONFIG: "b.yaml" })).toBe("a.yaml");
  expect(findConfigPath(undefined, { ...home, OLLAMA_PROXY_CONFIG: "b.yaml" })).toBe("b.yaml");
  expect(findConfigPath(undefined, { ...home, OLLAMA_PROXY_CONFIG: "" })).toBe(
    join("/home/me", "ollama-proxy.yaml"),
  );
});

function inDirectory(use: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "config-"));
  try {
    use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("a key file is found relative to the configuration or the home directory, and is trimmed", () => {
  inDirectory((directory) => {
    writeFileSync(join(directory, "key"), "  Bearer s-1\n");
    const path = join(directory, "ollama-proxy.yaml");
    for (const file of ["key", "~/key", "${DIR}/key", join(directory, "key")]) {
      const text = `providers: [{name: a, url: "https://a", secret: null, secret_file: '${file}'}]`;
      const { config } = parseConfig(text, path, { HOME: directory, USERPROFILE: directory, DIR: directory });
      expect(config.providers[0]).toMatchObject({ secrets: ["s-1"], secretFile: join(directory, "key") });
    }
  });
});

test("the sample is written once, and only its owner can read it", () => {
  inDirectory((directory) => {
    const path = join(directory, "ollama-proxy.yaml");
    writeSample(path);
    expect(loadConfig(path, {})).toEqual(parse(SAMPLE));
    expect(() => writeSample(path)).toThrow("EEXIST");
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
