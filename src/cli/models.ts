/** `ollama-proxy models`: prints the names of all models as apps see them, one per line. */
import type { ProviderConfig } from "../config/schema.ts";
import type { Options } from "./args.ts";
import { queryProviders, loadAndWarn } from "./query-providers.ts";
import { printError, print } from "./console.ts";
import { EXIT } from "./exit-code.ts";

export async function models(options: Options, version: string): Promise<number> {
  const { providers, disabled } = loadAndWarn(options);
  const unlisted = providers.filter((provider) => provider.models === undefined);
  const results = new Map(
    (await queryProviders(unlisted, version)).map(({ provider, result }) => [provider, result]),
  );
  let exitCode: number = EXIT.ok;
  for (const provider of providers) {
    const result = results.get(provider) ?? { models: namesOf(provider) };
    if ("error" in result) {
      printError(`Cannot list the models of "${provider.name}": ${result.error}`);
      exitCode = EXIT.failure;
    } else {
      for (const model of result.models) print(`[${provider.name}]-${model}`);
    }
  }
  for (const { name, reason } of disabled) {
    printError(`Cannot list the models of "${name}": the provider is disabled: ${reason}`);
    exitCode = EXIT.failure;
  }
  return exitCode;
}

function namesOf(provider: ProviderConfig): readonly string[] {
  return (provider.models ?? []).map((model) => model.name);
}
