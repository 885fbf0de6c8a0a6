/**
 * Resolves `use` of the aliases to providers and their models, when the file is loaded: a name that nothing has, and an alias that
 * leads to itself, are mistakes with a position in the file.
 */
import { mergeDefaults, type RequestDefaults } from "../chat/defaults.ts";
import type { AliasEntry } from "./alias.ts";
import { didYouMean } from "./nearest.ts";

export interface Alias {
  readonly name: string;
  readonly order: AliasEntry["order"];
  /** Without the models of disabled providers, so it may be empty. */
  readonly candidates: readonly AliasCandidate[];
  /** The first provider when all are disabled. */
  readonly disabledBy: string | undefined;
  /** Tokens. Undefined: the smallest window of the candidates. */
  readonly contextLength: number | undefined;
}

/** One of the models that an alias stands for. */
interface AliasCandidate {
  /** The name of a provider. */
  readonly provider: string;
  /** The provider's name of the model. */
  readonly model: string;
  /** Undefined: none. */
  readonly defaults: RequestDefaults | undefined;
}

/** What is needed of a provider. */
interface NamedProvider {
  readonly name: string;
  /** Undefined: all that the provider lists. */
  readonly models: readonly { readonly name: string }[] | undefined;
}

interface DisabledProvider {
  readonly name: string;
  /** The models that the configuration names; empty: all that the provider lists. */
  readonly models: readonly string[];
}

export interface AliasProblem {
  /** Of the alias in the file, and of the name in its `use`. */
  readonly index: number;
  readonly position: number;
  readonly message: string;
}

export interface ResolvedAliases {
  readonly aliases: readonly Alias[];
  readonly problems: readonly AliasProblem[];
}

/** A mistake leaves out a candidate and is reported. */
export function resolveAliases(
  entries: readonly AliasEntry[],
  providers: readonly NamedProvider[],
  disabled: readonly DisabledProvider[],
): ResolvedAliases {
  const disabledNames = new Set(disabled.map(({ name }) => name));
  const resolver = new Resolver(entries, [
    ...providers,
    ...disabled.map(({ name, models }) => ({
      name,
      models: models.length === 0 ? undefined : models.map((model) => ({ name: model })),
    })),
  ]);
  const aliases = entries.map(({ name, order, contextLength }, index): Alias => {
    const all = unique(resolver.candidatesOf(index));
    const candidates = all.filter(({ provider }) => !disabledNames.has(provider));
    const disabledBy = candidates.length === 0 ? all[0]?.provider : undefined;
    return { name, order, contextLength, candidates, disabledBy };
  });
  return { aliases, problems: resolver.problems };
}

/** Two aliases may lead to the same model. The first one counts. */
function unique(candidates: readonly AliasCandidate[]): readonly AliasCandidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ provider, model }) => {
    const key = JSON.stringify([provider, model]);
    return !seen.has(key) && seen.add(key);
  });
}

class Resolver {
  readonly problems: AliasProblem[] = [];
  readonly #entries: readonly AliasEntry[];
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #providers: ReadonlyMap<string, NamedProvider>;
  readonly #known = new Map<number, readonly AliasCandidate[]>();
  /** The aliases that are being resolved, the outermost first. */
  readonly #chain: number[] = [];

  constructor(entries: readonly AliasEntry[], providers: readonly NamedProvider[]) {
    this.#entries = entries;
    this.#indexes = new Map(entries.map(({ name }, index) => [name.toLowerCase(), index]));
    this.#providers = new Map(providers.map((provider) => [provider.name.toLowerCase(), provider]));
  }

  /** Each alias is resolved once, so the work is proportional to the file. */
  candidatesOf(index: number): readonly AliasCandidate[] {
    const known = this.#known.get(index);
    const entry = this.#entries[index];
    if (known !== undefined || entry === undefined) return known ?? [];
    this.#chain.push(index);
    const candidates = entry.use.flatMap((name, position) => {
      const found = this.#resolve(name);
      if (typeof found !== "string") return found;
      this.problems.push({ index, position, message: found });
      return [];
    });
    this.#chain.pop();
    const merged = candidates.map((candidate) => ({
      ...candidate,
      defaults:
        entry.defaults === undefined ? candidate.defaults : mergeDefaults(entry.defaults, candidate.defaults),
    }));
    this.#known.set(index, merged);
    return merged;
  }

  /** The candidates, or what is wrong with the name. */
  #resolve(name: string): readonly AliasCandidate[] | string {
    const [, tag, model = ""] = /^\[([^\]]+)\]-(.+)$/.exec(name) ?? [];
    return tag === undefined ? this.#resolveAlias(name) : this.#resolveModel(tag, model);
  }

  #resolveAlias(name: string): readonly AliasCandidate[] | string {
    const index = this.#indexes.get(name.toLowerCase());
    if (index === undefined) {
      const names = this.#entries.map((entry) => entry.name);
      const hint =
        didYouMean(name, names) ?? "; write a model with its provider, such as `[aliyun]-qwen3-max`";
      return `There is no alias \`${name}\`${hint}`;
    }
    const start = this.#chain.indexOf(index);
    if (start === -1) return this.candidatesOf(index);
    const circle = [...this.#chain.slice(start), index].map((step) => this.#entries[step]?.name ?? "");
    return `Expected an alias that does not lead to itself, got ${circle.join(" → ")}`;
  }

  #resolveModel(tag: string, model: string): readonly AliasCandidate[] | string {
    const provider = this.#providers.get(tag.toLowerCase());
    if (provider === undefined) {
      const names = [...this.#providers.values()].map((known) => known.name);
      return `There is no provider \`${tag}\`${didYouMean(tag, names) ?? ""}`;
    }
    const { name, models } = provider;
    const configured = models?.find((known) => plainName(known.name) === plainName(model));
    const isOpen = models === undefined || models.some((known) => /^!|\*/.test(known.name));
    if (configured === undefined && !isOpen) {
      const hint =
        didYouMean(
          model,
          models.map((known) => known.name),
        ) ?? "; add it there";
      return `The provider \`${name}\` has no \`${model}\` in its \`models\`${hint}`;
    }
    return [{ provider: name, model: configured?.name ?? model, defaults: undefined }];
  }
}

/** In Ollama, `:latest` may be omitted. */
function plainName(model: string): string {
  return model.toLowerCase().replace(/:latest$/, "");
}
