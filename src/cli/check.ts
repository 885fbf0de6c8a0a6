/** `ollama-proxy check`: is the configuration right, and does every provider answer? */
import type { ProviderConfig } from "../config/schema.ts";
import type { Options } from "./args.ts";
import { askProviders, loadAndWarn } from "./ask.ts";
import { say } from "./console.ts";
import { EXIT } from "./exit-code.ts";

export async function check(options: Options, version: string): Promise<number> {
  const { providers, disabled } = loadAndWarn(options);
  if (providers.length + disabled.length === 0) {
    say("The configuration is valid, but it has no provider");
    return EXIT.ok;
  }
  const answers = await askProviders(providers, version);
  const width = Math.max(...[...providers, ...disabled].map(({ name }) => Bun.stringWidth(name)));
  for (const { provider, result } of answers) {
    if ("error" in result) say(row("failed", provider.name, width, result.error));
    else say(row("ok", provider.name, width, describeModels(provider, result.models)));
  }
  for (const { name, reason } of disabled) say(row("failed", name, width, `disabled: ${reason}`));
  return disabled.length > 0 || answers.some(({ result }) => "error" in result) ? EXIT.failure : EXIT.ok;
}

function row(state: "ok" | "failed", name: string, width: number, text: string): string {
  return `${state.padEnd(6)}  ${name}${" ".repeat(width - Bun.stringWidth(name))}  ${text}`;
}

function describeModels(provider: ProviderConfig, models: readonly string[]): string {
  const absent = (provider.models ?? []).filter((model) => !models.includes(model.name));
  const note =
    absent.length === 0
      ? ""
      : `; not in the provider's list: ${absent.map((model) => model.name).join(", ")}`;
  return `${models.length} ${models.length === 1 ? "model" : "models"}${note}`;
}
