/** `ollama-proxy check`: is the configuration right, does every provider answer, and what has the running program learned? */
import type { ProviderConfig } from "../config/schema.ts";
import type { Options } from "./args.ts";
import { askProviders, loadAndWarn } from "./ask.ts";
import { say } from "./console.ts";
import { EXIT } from "./exit-code.ts";
import { describeRunning } from "./running.ts";

export async function check(options: Options, version: string): Promise<number> {
  const config = loadAndWarn(options);
  const { providers, disabled } = config;
  if (providers.length + disabled.length === 0) {
    say("The configuration is valid, but it has no provider");
    return EXIT.ok;
  }
  const [answers, running] = await Promise.all([askProviders(providers, version), describeRunning(config)]);
  const width = Math.max(...[...providers, ...disabled].map(({ name }) => Bun.stringWidth(name)));
  for (const { provider, result } of answers) {
    if ("error" in result) say(row("failed", provider.name, width, result.error));
    else say(row("ok", provider.name, width, describeModels(provider, result.models)));
  }
  for (const { name, reason } of disabled) say(row("failed", name, width, `disabled: ${reason}`));
  say(["", ...running].join("\n"));
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
