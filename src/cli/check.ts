/** `ollama-proxy check`: validates the configuration, queries every provider, and shows what the running program has learned. */
import type { Config, ProviderConfig } from "../config/schema.ts";
import { labelOf } from "../providers/keys.ts";
import { isSameModel } from "../models/name.ts";
import { ModelSelection, isPattern, matcherOf } from "../models/selection.ts";
import type { Options } from "./args.ts";
import { queryProviders, loadAndWarn } from "./query-providers.ts";
import { print } from "./console.ts";
import { EXIT } from "./exit-code.ts";
import { describeRunning } from "./running.ts";

export async function check(options: Options, version: string): Promise<number> {
  const config = await loadAndWarn(options, version);
  const { providers, disabled, aliases } = config;
  if (providers.length + disabled.length === 0) {
    print("The configuration is valid, but it has no provider");
    return EXIT.ok;
  }
  const keys = providers.flatMap(withEachKey);
  const [results, running] = await Promise.all([
    queryProviders(
      keys.map(({ provider }) => provider),
      version,
    ),
    describeRunning(config),
  ]);
  const names = [...keys.map(({ title }) => title), ...disabled.map(({ name }) => name)];
  const width = Math.max(...names.map((name) => Bun.stringWidth(name)));
  for (const [index, { provider, result }] of results.entries()) {
    const title = keys[index]?.title ?? provider.name;
    if ("error" in result) print(row("failed", title, width, result.error));
    else print(row("ok", title, width, describeModels(provider, result.models)));
  }
  for (const { name, reason } of disabled) print(row("failed", name, width, `disabled: ${reason}`));
  const lists = new Map(
    results.flatMap(({ provider, result }) =>
      "error" in result ? [] : [[provider.name, result.models] as const],
    ),
  );
  for (const alias of aliases) print(describeAlias(alias, lists));
  print(["", ...running].join("\n"));
  return disabled.length > 0 || results.some(({ result }) => "error" in result) ? EXIT.failure : EXIT.ok;
}

interface CheckedKey {
  readonly title: string;
  /** With only that key. */
  readonly provider: ProviderConfig;
}

/** Every key of a provider is checked. */
function withEachKey(provider: ProviderConfig): readonly CheckedKey[] {
  const { name, secrets } = provider;
  if (secrets.length < 2) return [{ title: name, provider }];
  return secrets.map((secret, index) => ({
    title: `${name} (key ${labelOf(secret, index)})`,
    provider: { ...provider, secrets: [secret] },
  }));
}

function row(state: "ok" | "failed", name: string, width: number, text: string): string {
  return `${state.padEnd(6)}  ${name}${" ".repeat(width - Bun.stringWidth(name))}  ${text}`;
}

/** A provider whose list is unknown may have the model. */
function describeAlias(
  { name, candidates }: Config["aliases"][number],
  lists: ReadonlyMap<string, readonly string[]>,
): string {
  const absent = candidates.filter(
    ({ provider, model }) => lists.get(provider)?.some((id) => isSameModel(id, model)) === false,
  );
  const models = candidates.map(tagged).join(", ");
  const note = absent.length === 0 ? "" : `; not in the provider's list: ${absent.map(tagged).join(", ")}`;
  return `alias   ${name}: ${models}${note}`;
}

function tagged({ provider, model }: Config["aliases"][number]["candidates"][number]): string {
  return `[${provider}]-${model}`;
}

function describeModels({ models: configured }: ProviderConfig, models: readonly string[]): string {
  const selection = new ModelSelection(configured);
  const shown = selection.select(models.map((id) => ({ id }))).length;
  const hidden = selection.needsList && shown < models.length ? `; ${shown} of them are shown` : "";
  const absent = selection.names.filter((name) => !models.includes(name));
  const unused = (configured ?? []).filter(
    ({ name }) => isPattern(name) && !models.some((id) => matcherOf(name)(id)),
  );
  return [
    `${models.length} ${models.length === 1 ? "model" : "models"}${hidden}`,
    ...(absent.length === 0 ? [] : [`not in the provider's list: ${absent.join(", ")}`]),
    ...(unused.length === 0 ? [] : [`no model matches: ${unused.map(({ name }) => name).join(", ")}`]),
  ].join("; ");
}
