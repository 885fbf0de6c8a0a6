/**
 * The settings with which apps use the proxy.
 *
 * Sources: the documentation of Zed, Continue, aider, Open WebUI and JetBrains, and the files that `ollama launch` of Ollama 0.33 writes for
 * VS Code, Cline, Codex and opencode and the variables that it sets for Claude Code.
 */
import { join } from "node:path";
import type { App } from "./app.ts";

const NAME = "ollama-proxy";

const NO_FILES = (): readonly [] => [];

export const APPS: readonly App[] = [
  {
    name: "jetbrains",
    title: "JetBrains AI Assistant",
    files: NO_FILES,
    steps: ({ url }) => [
      "Open Settings > Tools > AI Assistant > Models > Third-party AI providers (or Providers & API keys)",
      `Choose Ollama and set the URL ${url}`,
      "Press Test Connection, then Apply",
    ],
  },
  {
    name: "vscode",
    title: "VS Code (Copilot Chat)",
    files: ({ url, folders }) => [
      {
        format: "json",
        path: join(folders.config, "Code", "User", "chatLanguageModels.json"),
        settings: [
          { steps: [{ vendor: "ollama" }, "name"], value: "Ollama" },
          { steps: [{ vendor: "ollama" }, "url"], value: url },
        ],
        empty: "[]\n",
        address: [{ vendor: "ollama" }, "url"],
      },
    ],
    steps: () => ["Restart VS Code, and choose a model in the model picker of the chat (Other models)"],
  },
  {
    name: "zed",
    title: "Zed",
    files: ({ url, folders }) => [
      {
        format: "json",
        path: join(
          process.platform === "darwin" ? join(folders.home, ".config") : folders.config,
          zedFolder(),
          "settings.json",
        ),
        settings: [{ steps: ["language_models", "ollama", "api_url"], value: url }],
        empty: "{}\n",
        address: ["language_models", "ollama", "api_url"],
      },
    ],
    steps: () => ["Choose a model of the section Ollama in the model menu of the agent panel"],
  },
  {
    name: "continue",
    title: "Continue",
    files: ({ url, folders }) => [
      {
        format: "yaml",
        path: join(folders.home, ".continue", "config.yaml"),
        settings: [
          {
            type: "item",
            list: "models",
            item: { name: NAME, provider: "ollama", model: "AUTODETECT", apiBase: url },
          },
        ],
        empty: "name: Local\nversion: 1.0.0\nschema: v1\n",
      },
    ],
    steps: () => ["Choose a model in the model menu of Continue"],
  },
  {
    name: "cline",
    title: "Cline",
    files: ({ origin, key, model, folders }) => [
      {
        format: "json",
        path: join(folders.home, ".cline", "data", "settings", "providers.json"),
        settings: [
          { steps: ["version"], value: 1 },
          { steps: ["lastUsedProvider"], value: "ollama" },
          { steps: ["providers", "ollama", "settings", "provider"], value: "ollama" },
          { steps: ["providers", "ollama", "settings", "model"], value: model },
          { steps: ["providers", "ollama", "settings", "baseUrl"], value: `${origin}/v1` },
          { steps: ["providers", "ollama", "settings", "apiKey"], value: key },
          { steps: ["providers", "ollama", "tokenSource"], value: "manual" },
          // Cline 3.0 deletes an entry without it.
          { steps: ["providers", "ollama", "updatedAt"], value: new Date().toISOString(), isInitial: true },
        ],
        empty: "{}\n",
        address: ["providers", "ollama", "settings", "baseUrl"],
      },
    ],
    steps: ({ url }) => [
      `In the extension: open its settings, choose the API provider Ollama, and set the base URL ${url}`,
    ],
  },
  {
    name: "opencode",
    title: "opencode",
    files: ({ origin, key, models, folders }) => [
      {
        format: "json",
        path: join(folders.home, ".config", "opencode", "opencode.json"),
        settings: [
          { steps: ["provider", NAME, "npm"], value: "@ai-sdk/openai-compatible" },
          { steps: ["provider", NAME, "name"], value: NAME },
          { steps: ["provider", NAME, "options", "baseURL"], value: `${origin}/v1` },
          { steps: ["provider", NAME, "options", "apiKey"], value: key },
          {
            steps: ["provider", NAME, "models"],
            value: Object.fromEntries(models.map((model) => [model, { name: model }])),
          },
        ],
        empty: '{\n  "$schema": "https://opencode.ai/config.json"\n}\n',
        address: ["provider", NAME, "options", "baseURL"],
      },
    ],
    steps: ({ model }) => [`Run: opencode --model '${NAME}/${model}'`],
  },
  {
    name: "codex",
    title: "Codex",
    files: ({ origin, model, key, folders }) => [
      {
        format: "text",
        path: join(folders.codex, `${NAME}.config.toml`),
        text: [
          `# Written by: ollama-proxy setup codex --write`,
          `model = ${JSON.stringify(model)}`,
          `model_provider = "${NAME}"`,
          "",
          `[model_providers.${NAME}]`,
          `name = "${NAME}"`,
          `base_url = "${origin}/v1"`,
          'wire_api = "responses"',
          `experimental_bearer_token = ${JSON.stringify(key)}`,
          "",
        ].join("\n"),
      },
    ],
    steps: () => [`Run: codex --profile ${NAME}`],
  },
  {
    name: "claude",
    title: "Claude Code",
    files: ({ origin, key, model, folders }) => [
      {
        format: "json",
        path: join(folders.home, ".claude", "settings.json"),
        settings: [
          ["ANTHROPIC_BASE_URL", origin],
          ["ANTHROPIC_AUTH_TOKEN", key],
          ["ANTHROPIC_DEFAULT_OPUS_MODEL", model],
          ["ANTHROPIC_DEFAULT_SONNET_MODEL", model],
          ["ANTHROPIC_DEFAULT_HAIKU_MODEL", model],
          ["CLAUDE_CODE_SUBAGENT_MODEL", model],
        ].map(([name = "", value]) => ({ steps: ["env", name], value })),
        empty: "{}\n",
        address: ["env", "ANTHROPIC_BASE_URL"],
      },
    ],
    steps: () => ["Run: claude"],
  },
  {
    name: "aider",
    title: "aider",
    files: ({ url, model, folders }) => [
      {
        format: "yaml",
        path: join(folders.home, ".aider.conf.yml"),
        settings: [
          { type: "text", key: "model", value: `ollama_chat/${model}` },
          { type: "item", list: "set-env", item: `OLLAMA_API_BASE=${url}` },
        ],
        empty: "",
      },
    ],
    steps: () => ["Run: aider"],
  },
  {
    name: "open-webui",
    title: "Open WebUI",
    files: NO_FILES,
    steps: ({ url }) => [
      `Open Admin Panel > Settings > Connections, and set the Ollama API to ${url}`,
      `Or start it with the variable OLLAMA_BASE_URL=${url}`,
      "In Docker on Linux, start the container with --network=host. In Docker on Windows and macOS, write host.docker.internal instead of 127.0.0.1",
    ],
  },
];

function zedFolder(): string {
  return process.platform === "win32" ? "Zed" : "zed";
}
