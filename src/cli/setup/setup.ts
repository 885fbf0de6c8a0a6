/** `ollama-proxy setup APP`: shows the settings with which an app uses the proxy, or writes them. */
import { EditError } from "../../config/edit.ts";
import { FileFault } from "../../config/read-file.ts";
import type { Config } from "../../config/schema.ts";
import { ModelSelection } from "../../models/selection.ts";
import { type Options, UsageError } from "../args.ts";
import { messageOf, print, printError } from "../console.ts";
import { EXIT } from "../exit-code.ts";
import { loadAndWarn, queryProviders } from "../query-providers.ts";
import { addressOf } from "../running.ts";
import type { App, AppContext } from "./app.ts";
import { APPS } from "./apps.ts";
import { findFolders } from "./configured.ts";
import { JsoncError } from "./jsonc.ts";
import { showSettings, writeSettings } from "./settings-file.ts";

export async function setup(options: Options, version: string): Promise<number> {
  const app = APPS.find(({ name }) => name === options.argument);
  if (app === undefined) throw new UsageError(`Expected one of ${APPS.map(({ name }) => name).join(", ")}`);
  const config = await loadAndWarn(options, version);
  const context = await createContext(config, options.flags["model"], version);
  if (context.models.length === 0)
    printError("Warning: the proxy shows no model; add a provider with: ollama-proxy add");
  print(options.flags["write"] === undefined ? show(app, context) : write(app, context));
  return EXIT.ok;
}

async function createContext(
  config: Config,
  chosen: string | undefined,
  version: string,
): Promise<AppContext> {
  const origin = addressOf(config);
  const [client] = config.apiKeys;
  const models = await listModels(config, version);
  return {
    origin,
    url: client === undefined ? origin : `${origin}/key/${encodeURIComponent(client.secret)}`,
    // Some apps require a key although the proxy does not.
    key: client?.secret ?? "ollama",
    model: chosen ?? models[0] ?? "[provider]-model",
    models: chosen === undefined || models.includes(chosen) ? models : [chosen, ...models],
    folders: findFolders(process.env),
  };
}

/** The names of all models as apps see them. Providers that do not answer have none. */
async function listModels({ providers, aliases }: Config, version: string): Promise<readonly string[]> {
  const results = await queryProviders(providers, version);
  const listed = results.flatMap(({ provider, result }) => {
    const ids = "models" in result ? result.models.map((id) => ({ id })) : [];
    return new ModelSelection(provider.models).select(ids).map(({ id }) => `[${provider.name}]-${id}`);
  });
  return [...aliases.map(({ name }) => name), ...listed];
}

function show(app: App, context: AppContext): string {
  const files = app.files(context);
  const steps = app.steps(context);
  const parts = [
    ...files.map((file) => `Add this to ${file.path}:\n\n${showSettings(file)}\n`),
    ...(files.length === 0 ? [] : [`To do so, run: ollama-proxy setup ${app.name} --write\n`]),
    describeSteps(steps, files.length === 0 ? app.title : "Then"),
  ];
  return parts.join("\n");
}

function describeSteps(steps: readonly string[], head: string): string {
  return [`${head}:`, ...steps.map((step) => `  - ${step}`)].join("\n");
}

function write(app: App, context: AppContext): string {
  const files = app.files(context);
  if (files.length === 0)
    throw new Error(
      `${app.title} keeps its settings where no other program can write them. ${show(app, context)}`,
    );
  const lines = files.map((file) => {
    try {
      const { change, backup } = writeSettings(file);
      const copy = backup === undefined ? "" : `; the previous file is ${backup}`;
      return change === "unchanged" ? `${file.path} has these settings already` : `Wrote ${file.path}${copy}`;
    } catch (error) {
      if (!(error instanceof EditError || error instanceof JsoncError || error instanceof FileFault))
        throw error;
      throw new Error(
        `Cannot write ${file.path}: ${messageOf(error)}. Nothing was changed. Add this by hand:\n\n${showSettings(file)}`,
        { cause: error },
      );
    }
  });
  return [...lines, describeSteps(app.steps(context), "Then")].join("\n");
}
