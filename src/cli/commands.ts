/** Every command with its argument and its flags, as data: the parser and the help come from this table. */
import { LOG_LEVELS } from "../log.ts";

export interface Flag {
  readonly type: "string" | "boolean";
  readonly valueHint?: string;
  readonly description: string;
}

interface Argument {
  /** As messages call it. */
  readonly name: string;
  readonly description: string;
  /** When absent, every text is accepted. */
  readonly choices?: readonly string[];
  readonly isOptional?: boolean;
}

interface CommandRow {
  readonly description: string;
  readonly argument?: Argument;
  readonly flags: { readonly [name: string]: Flag };
}

const config = {
  type: "string",
  valueHint: "FILE",
  description: "Configuration file; the default is ollama-proxy.yaml in the home directory",
} as const;
const host = { type: "string", valueHint: "ADDRESS", description: "Address to listen on" } as const;
const port = {
  type: "string",
  valueHint: "NUMBER",
  description: "Port to listen on; 0 selects a free port",
} as const;
const logLevel = {
  type: "string",
  valueHint: "LEVEL",
  description: `Log level: ${LOG_LEVELS.join(", ")}`,
} as const;

const ROWS = {
  serve: {
    description: "Serve the models of all providers (the default command)",
    flags: { config, host, port, "log-level": logLevel },
  },
  add: {
    description: "Add a provider to the configuration",
    argument: {
      name: "name",
      description: "A known provider such as openrouter, or a name for the one at --url",
      isOptional: true,
    },
    flags: {
      config,
      url: { type: "string", valueHint: "URL", description: "Base URL of the provider's API" },
      "key-from-env": {
        type: "string",
        valueHint: "VARIABLE",
        description: "Environment variable that contains the API key",
      },
      "key-file": { type: "string", valueHint: "FILE", description: "File that contains only the API key" },
      models: {
        type: "string",
        valueHint: "PATTERN",
        description: "Models to show, separated by commas, such as 'qwen*,glm-4.5'; the default is all",
      },
      "skip-test": { type: "boolean", description: "Add the provider without a request to it" },
    },
  },
  remove: {
    description: "Remove a provider from the configuration",
    argument: { name: "name", description: "The name of the provider" },
    flags: { config },
  },
  check: { description: "Validate the configuration and query every provider", flags: { config } },
  doctor: {
    description: "Find out what is wrong: port, service, files, and every provider with its key",
    flags: {
      config,
      probe: {
        type: "boolean",
        description: "Also test streaming, tools, images, thinking and structured output",
      },
      json: { type: "boolean", description: "Print JSON" },
      report: { type: "boolean", description: "Print a text for a bug report, without secrets" },
    },
  },
  setup: {
    description: "Show the settings with which an app uses ollama-proxy, or write them",
    argument: {
      name: "app",
      description: "The app, such as zed",
      choices: [
        "jetbrains",
        "vscode",
        "zed",
        "continue",
        "cline",
        "opencode",
        "codex",
        "claude",
        "aider",
        "open-webui",
      ],
    },
    flags: {
      config,
      write: { type: "boolean", description: "Write the settings, after a copy of the file" },
      model: { type: "string", valueHint: "MODEL", description: "The model that the app uses first" },
    },
  },
  init: { description: "Write a commented sample configuration", flags: { config } },
  models: { description: "List the models of all providers", flags: { config } },
  usage: {
    description: "Show how many requests and tokens were used, by model, provider, app and day",
    flags: {
      by: {
        type: "string",
        valueHint: "GROUP",
        description: "One table only: model, provider, app, key, day or all",
      },
      per: { type: "string", valueHint: "SPAN", description: "A row for each hour, day or month" },
      since: {
        type: "string",
        valueHint: "TIME",
        description: "A date such as 2026-01-31, or an age such as 12h or 7d; the default is 30d",
      },
      json: { type: "boolean", description: "Print JSON" },
    },
  },
  config: {
    description:
      "Print the path of the configuration, edit it, or print its JSON schema: path, edit or schema",
    argument: { name: "action", description: "path, edit or schema", choices: ["path", "edit", "schema"] },
    flags: { config },
  },
  top: {
    description: "Show the requests of the running program as they run",
    flags: { config },
  },
  ui: {
    description: "Open the page of the running program in the browser: requests, usage and providers",
    flags: { config, print: { type: "boolean", description: "Print the link instead of opening it" } },
  },
  service: {
    description: "Manage the background service: install, uninstall, status or logs",
    argument: {
      name: "action",
      description: "install, uninstall, status or logs",
      choices: ["install", "uninstall", "status", "logs"],
    },
    flags: { "dry-run": { type: "boolean", description: "Show the steps without running them" } },
  },
} as const satisfies { readonly [name: string]: CommandRow };

export type CommandName = keyof typeof ROWS;

export const COMMANDS: { readonly [name in CommandName]: CommandRow } = ROWS;
