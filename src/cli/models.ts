/** `ollama-proxy models`: prints the names of all models as apps see them, one per line. */
import type { ProviderConfig } from "../config/schema.ts";
import { ModelSelection } from "../models/selection.ts";
import type { Options } from "./args.ts";
import { queryProviders, loadAndWarn } from "./query-providers.ts";
import { printError, print } from "./console.ts";
import { EXIT } from "./exit-code.ts";

export async function models(options: Options, version: string): Promise<number> {
  const { providers, disabled, aliases } = await loadAndWarn(options, version);
  const unlisted = providers.filter((provider) => new ModelSelection(provider.models).needsList);
  const results = new Map(
    (await queryProviders(unlisted, version)).map(({ provider, result }) => [provider, result]),
  );
  let exitCode: number = EXIT.ok;
  for (const { name } of aliases) print(name);
  for (const provider of providers) {
    const result = results.get(provider) ?? { models: [] };
    if ("error" in result) {
      printError(`Cannot list the models of "${provider.name}": ${result.error}`);
      exitCode = EXIT.failure;
    } else {
      for (const id of shownOf(provider, result.models)) print(`[${provider.name}]-${id}`);
    }
  }
  for (const { name, reason } of disabled) {
    printError(`Cannot list the models of "${name}": the provider is disabled: ${reason}`);
    exitCode = EXIT.failure;
  }
  return exitCode;
}

function shownOf(provider: ProviderConfig, listed: readonly string[]): readonly string[] {
  const selection = new ModelSelection(provider.models);
  return selection.select(listed.map((id) => ({ id }))).map(({ id }) => id);
}
