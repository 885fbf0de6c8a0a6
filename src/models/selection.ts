/**
 * Which models of a provider are shown: `models:` in its configuration.
 *
 *     qwen3-max        a name: always shown, also if the provider does not list it
 *     qwen*            a pattern: every listed model that it matches; `*` stands for any text, also for `/`
 *     !*-preview       an exclusion: none of the patterns shows these models
 *
 * Upper and lower case are equal in patterns. With exclusions and no pattern all listed models are shown except those. Models are in the order of the
 * entries; the models of one pattern are in the order of the provider's list.
 */
import type { ModelInfo } from "../chat/model.ts";

/** An entry of `models:`. The capabilities and the window of a pattern apply to every model that it shows. */
export interface ConfiguredModel extends Pick<ModelInfo, "contextLength" | "capabilities" | "prices"> {
  readonly name: string;
}

/** A model that is shown. */
export interface SelectedModel {
  /** The provider's name of the model. */
  readonly id: string;
  readonly configured: ConfiguredModel | undefined;
  readonly listed: ModelInfo | undefined;
}

type Match = (id: string) => boolean;

interface Pattern {
  readonly entry: ConfiguredModel;
  readonly matches: Match;
}

const EVERYTHING: Pattern = { entry: { name: "*" }, matches: () => true };

export class ModelSelection {
  /** The configuration has a selection, so its order is kept. */
  readonly isConfigured: boolean;
  /** Whether the provider has to be asked for its list. */
  readonly needsList: boolean;
  /** The names, which are shown without a list. */
  readonly names: readonly string[];
  readonly #entries: readonly (ConfiguredModel | Pattern)[];
  readonly #excluded: readonly Match[];

  /** Undefined: all models of the provider. */
  constructor(configured: readonly ConfiguredModel[] | undefined) {
    const exclusions = (configured ?? []).filter(({ name }) => name.startsWith("!"));
    const shown = (configured ?? []).filter(({ name }) => !name.startsWith("!"));
    const isOpen = shown.every(({ name }) => !isPattern(name)) && exclusions.length > 0;
    const entries = shown.map((entry) =>
      isPattern(entry.name) ? { entry, matches: matcherOf(entry.name) } : entry,
    );
    this.#entries = configured === undefined || isOpen ? [...entries, EVERYTHING] : entries;
    this.#excluded = exclusions.map(({ name }) => matcherOf(name));
    this.isConfigured = configured !== undefined;
    this.needsList = this.#entries.some((entry) => "matches" in entry);
    this.names = shown.filter(({ name }) => !isPattern(name)).map(({ name }) => name);
  }

  /** The shown models. `listed` is the provider's list; while it is unknown, only names are shown. */
  select(listed: readonly ModelInfo[] = []): readonly SelectedModel[] {
    const byId = new Map(listed.map((model) => [model.id, model]));
    const selected = new Map<string, SelectedModel>();
    // A name that also matches a pattern above it belongs to its own entry.
    const names = new Set(this.names);
    for (const entry of this.#entries) {
      const models = "matches" in entry ? this.#matching(entry, listed, names) : [named(entry, byId)];
      for (const model of models) if (!selected.has(model.id)) selected.set(model.id, model);
    }
    return [...selected.values()];
  }

  /** Whether the model is shown when the provider lists it. */
  shows(id: string): boolean {
    return this.find(id) !== undefined;
  }

  /** The entry that shows the model; undefined when none does. */
  find(id: string): ConfiguredModel | undefined {
    let pattern: Pattern | undefined;
    for (const entry of this.#entries) {
      if (!("matches" in entry)) {
        if (entry.name === id) return entry;
      } else if (entry.matches(id)) pattern ??= entry;
    }
    return this.#isExcluded(id) ? undefined : pattern?.entry;
  }

  #matching({ entry, matches }: Pattern, listed: readonly ModelInfo[], names: ReadonlySet<string>) {
    return listed
      .filter(({ id }) => !names.has(id) && matches(id) && !this.#isExcluded(id))
      .map((model): SelectedModel => ({ id: model.id, configured: entry, listed: model }));
  }

  #isExcluded(id: string): boolean {
    return this.#excluded.some((matches) => matches(id));
  }
}

function named(entry: ConfiguredModel, byId: ReadonlyMap<string, ModelInfo>): SelectedModel {
  return { id: entry.name, configured: entry, listed: byId.get(entry.name) };
}

export function isPattern(name: string): boolean {
  return name.includes("*") || name.startsWith("!");
}

/** Whether the pattern, or the exclusion, is about a model. The work is linear, because each part is searched once. */
export function matcherOf(pattern: string): Match {
  const [first = "", ...others] = pattern.replace(/^!/, "").toLowerCase().split("*");
  const last = others.pop();
  if (last === undefined) return (id) => id.toLowerCase() === first;
  return (id) => {
    const text = id.toLowerCase();
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of others) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}
