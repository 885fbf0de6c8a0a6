/** `ollama-proxy models`: the names of all models, one a line, as apps see them. */
import type { ProviderConfig } from "../config/schema.ts";
import type { Options } from "./args.ts";
import { askProviders, loadAndWarn } from "./ask.ts";
import { complain, say } from "./console.ts";
import { EXIT } from "./exit-code.ts";

export async function models(options: Options, version: string): Promise<number> {
  const { providers, disabled } = loadAndWarn(options);
  const unlisted = providers.filter((provider) => provider.models === undefined);
  const answers = new Map(
    (await askProviders(unlisted, version)).map(({ provider, result }) => [provider, result]),
  );
  let exitCode: number = EXIT.ok;
  for (const provider of providers) {
    const result = answers.get(provider) ?? { models: namesOf(provider) };
    if ("error" in result) {
      complain(`Cannot list the models of "${provider.name}": ${result.error}`);
      exitCode = EXIT.failure;
    } else {
      for (const model of result.models) say(`[${provider.name}]-${model}`);
    }
  }
  for (const { name, reason } of disabled) {
    complain(`Cannot list the models of "${name}": the provider is disabled: ${reason}`);
    exitCode = EXIT.failure;
  }
  return exitCode;
}

function namesOf(provider: ProviderConfig): readonly string[] {
  return (provider.models ?? []).map((model) => model.name);
}
