/**
 * The models of all providers, under the names that clients see.
 *
 * A catalog is a snapshot and never changes. Model lists are kept for some minutes and renewed in the background. A provider
 * that is down keeps its last list, and never delays the lists of the others.
 */
import { ProxyError } from "../chat/error.ts";
import type { DescribedModel, ListedModel, ModelInfo } from "../chat/model.ts";
import { type Alias, type AliasCandidate, type AliasEntry, commonModel, suitable } from "./aliases.ts";
import { describeModel } from "./capabilities.ts";
import type { DisabledSource } from "./disabled.ts";
import type { ModelListCache } from "./model-list.ts";
import { isSameModel } from "./name.ts";
import type { ModelSelection } from "./selection.ts";

/** What the catalog needs of a provider. */
export interface Source {
  readonly name: string;
  readonly selection: ModelSelection;
  readonly address: { readonly host: string };
  /** Outlives the catalog, so that a reload keeps the list. */
  readonly modelList: ModelListCache;
}

export interface CatalogEntry<S extends Source> extends ListedModel {
  readonly source: S;
  /** Seconds since the Unix epoch. Lists begin with the newest. */
  readonly sortedAtSeconds: number;
}

/** The entries that were made from one version of a list. */
interface SourceEntries<S extends Source> {
  readonly version: number;
  readonly entries: readonly CatalogEntry<S>[];
}

export interface Catalog<S extends Source> {
  /** What lists show: the aliases, then the models of the providers. */
  readonly listed: readonly ListedModel[];
  /** By the name in lower case. */
  readonly aliases: ReadonlyMap<string, AliasEntry<S>>;
  /** Providers whose list is unknown. Any name under their tag may exist. */
  readonly unlisted: ReadonlyMap<S, ProxyError | undefined>;
  /** By the shown name in lower case. */
  readonly byName: ReadonlyMap<string, CatalogEntry<S>>;
  /** By the provider's own name in lower case; undefined when several providers have a model of that name. */
  readonly byId: ReadonlyMap<string, CatalogEntry<S> | undefined>;
}

/** Rejects with a `ProxyError` when the provider gives no list. */
export type ListModels<S extends Source> = (source: S, signal: AbortSignal) => Promise<readonly ModelInfo[]>;

const FRESH_MS = 5 * 60_000;
/** The shortest time between two requests for a list, after a failure or for an unknown name. */
const RETRY_MS = 15_000;
/** Times in `RETRY_MS` that an unknown name makes the lists be requested at once. */
const MAX_RENEWALS = 5;
/** How long the first request waits for lists that have not arrived. */
const FIRST_WAIT_MS = 1000;

/** The end of the year 9999; RFC 3339 has no later dates. */
const LAST_SECOND = 253_402_300_800;

/** Called when a list fails for a new cause, and when it works again (`error` undefined). */
export type OnListChange<S extends Source> = (source: S, error: ProxyError | undefined) => void;

export interface CatalogOptions<S extends Source> {
  readonly aliases: readonly Alias[];
  readonly disabled: readonly DisabledSource[];
  readonly onListChange: OnListChange<S>;
  /** When models without a date were last changed, in milliseconds since the Unix epoch; a reload must not move it. */
  readonly undatedAtMs: number;
}

export class CatalogKeeper<S extends Source> {
  readonly sources: readonly S[];
  readonly disabled: readonly DisabledSource[];
  readonly #list: ListModels<S>;
  readonly #now: () => number;
  readonly #aliases: readonly Alias[];
  readonly #onListChange: OnListChange<S>;
  readonly #undatedAt: string;
  readonly #stop = new AbortController();
  readonly #pending = new Map<S, Promise<void>>();
  readonly #entries = new Map<S, SourceEntries<S>>();
  #catalog: Catalog<S> | undefined;
  /** The versions of the lists that the snapshot was made from. */
  #versions = -1;
  #firstWait: Promise<unknown> | undefined;
  /** Requests for all lists because of an unknown name, since a time. */
  #renewals = { sinceMs: -Infinity, count: 0 };

  constructor(
    sources: readonly S[],
    list: ListModels<S>,
    now: () => number,
    { aliases, disabled, onListChange, undatedAtMs }: CatalogOptions<S>,
  ) {
    this.#aliases = aliases;
    this.sources = sources;
    this.disabled = disabled;
    this.#list = list;
    this.#now = now;
    this.#onListChange = onListChange;
    this.#undatedAt = new Date(undatedAtMs).toISOString();
  }

  /** Asks every provider in the background. */
  start(): void {
    for (const source of this.sources) this.#refresh(source, FRESH_MS);
  }

  /** Cancels the requests for lists. The last snapshot stays valid. */
  stop(): void {
    this.#stop.abort();
    for (const source of this.#pending.keys()) source.modelList.expire();
  }

  /** The current catalog. Only the first call waits, for a short time. */
  async current(): Promise<Catalog<S>> {
    this.start();
    this.#firstWait ??= settledWithin([...this.#pending.values()], FIRST_WAIT_MS);
    await this.#firstWait;
    return this.#snapshot();
  }

  /** The catalog after asking all providers again, except those that were just asked. */
  async renewed(): Promise<Catalog<S>> {
    const limitMs = this.#mayRenew() ? 0 : RETRY_MS;
    for (const source of this.sources) this.#refresh(source, limitMs);
    await settledWithin([...this.#pending.values()], FIRST_WAIT_MS);
    return this.#snapshot();
  }

  /** A model may have been added a moment ago. Names that are wrong again and again must not become a flood of requests. */
  #mayRenew(): boolean {
    const now = this.#now();
    if (now - this.#renewals.sinceMs >= RETRY_MS) this.#renewals = { sinceMs: now, count: 0 };
    this.#renewals.count += 1;
    return this.#renewals.count <= MAX_RENEWALS;
  }

  /** The provider's models have changed. The next request waits a short time for the new list. */
  expire(source: S): void {
    source.modelList.expire();
    this.#firstWait = undefined;
  }

  #refresh(source: S, freshMs: number): void {
    if (!source.selection.needsList || this.#pending.has(source) || this.#stop.signal.aborted) return;
    const { modelList } = source;
    const limitMs = modelList.error === undefined ? freshMs : RETRY_MS;
    const isFresh = this.#now() - modelList.askedAtMs < limitMs;
    if (isFresh && !modelList.isExpired) return;
    this.#pending.set(source, this.#ask(source));
  }

  /** Asks once more when the models change before the answer arrives. */
  async #ask(source: S): Promise<void> {
    do {
      source.modelList.begin();
      await this.#read(source);
    } while (source.modelList.isExpired && !this.#stop.signal.aborted);
    this.#pending.delete(source);
  }

  async #read(source: S): Promise<void> {
    const { modelList } = source;
    const askedAtMs = this.#now();
    try {
      const models = await this.#list(source, this.#stop.signal);
      const hadFailed = modelList.error !== undefined;
      modelList.succeed(models, askedAtMs);
      if (hadFailed) this.#onListChange(source, undefined);
    } catch (error) {
      // Canceled by a reload. The next catalog asks again.
      if (this.#stop.signal.aborted) return;
      const failure =
        error instanceof ProxyError
          ? error
          : new ProxyError("internal", "Failed to read the model list", { cause: error });
      if (modelList.fail(failure, askedAtMs)) this.#onListChange(source, failure);
    }
  }

  #snapshot(): Catalog<S> {
    const versions = this.sources.reduce((sum, { modelList }) => sum + modelList.version, 0);
    if (this.#catalog === undefined || versions !== this.#versions) this.#catalog = this.#build();
    this.#versions = versions;
    return this.#catalog;
  }

  #build(): Catalog<S> {
    const byName = new Map<string, CatalogEntry<S>>();
    const byId = new Map<string, CatalogEntry<S> | undefined>();
    const unlisted = new Map<S, ProxyError | undefined>();
    for (const source of this.sources) {
      const { modelList, selection } = source;
      if (selection.needsList && modelList.models === undefined) unlisted.set(source, modelList.error);
      for (const entry of this.#entriesOf(source)) {
        const name = entry.name.toLowerCase();
        if (byName.has(name)) continue;
        byName.set(name, entry);
        const id = entry.model.id.toLowerCase();
        byId.set(id, byId.has(id) ? undefined : entry);
      }
    }
    const aliases = new Map(
      this.#aliases.map((alias) => [alias.name.toLowerCase(), this.#describeAlias(alias)]),
    );
    const listed = [...aliases.values(), ...[...byName.values()].toSorted(byAge)];
    return { listed, aliases, unlisted, byName, byId };
  }

  #describeAlias({ name, order, candidates, contextLength }: Alias): AliasEntry<S> {
    const modifiedAt = this.#undatedAt;
    const described = candidates.flatMap(
      ({ provider, model: id, defaults }): readonly AliasCandidate<S>[] => {
        const source = this.sources.find((known) => known.name === provider);
        if (source === undefined) return [];
        const model = this.#describe(source, id);
        return [
          { source, listed: { name, model, modifiedAt }, defaults: defaults && suitable(defaults, model) },
        ];
      },
    );
    const [first, ...others] = described;
    if (first === undefined) throw new Error(`The alias ${name} has no candidate`);
    const models = [first.listed.model, ...others.map(({ listed }) => listed.model)] as const;
    const model = commonModel(name, models, contextLength);
    return { name, model, modifiedAt, order, candidates: [first, ...others] };
  }

  /** A model of a provider, also if the provider's `models` hide it. */
  #describe({ selection, modelList, address }: S, id: string): DescribedModel {
    const listed = modelList.models?.find((model) => isSameModel(model.id, id));
    const known = listed?.id ?? id;
    return describeModel(known, { configured: selection.find(known), listed, host: address.host });
  }

  /** Made once per list: some providers list ten thousand models. */
  #entriesOf(source: S): readonly CatalogEntry<S>[] {
    const { modelList, selection, address } = source;
    const { version } = modelList;
    const known = this.#entries.get(source);
    if (known?.version === version) return known.entries;
    const entries = selection.select(modelList.models).map(({ id, configured, listed }): CatalogEntry<S> => {
      const model = describeModel(id, { configured, listed, host: address.host });
      const modifiedAt = model.local?.modifiedAt || this.#modifiedAt(model);
      // The order of the configuration is kept.
      const sortedAs = selection.isConfigured ? this.#undatedAt : modifiedAt;
      return {
        name: taggedName(source, id),
        source,
        model,
        modifiedAt,
        sortedAtSeconds: secondsOf(sortedAs),
      };
    });
    this.#entries.set(source, { version, entries });
    return entries;
  }

  #modifiedAt(model: ModelInfo): string {
    const { createdAtSeconds = 0 } = model;
    // Some providers count in milliseconds or smaller units.
    const isDate = createdAtSeconds > 0 && createdAtSeconds < LAST_SECOND;
    return isDate ? new Date(createdAtSeconds * 1000).toISOString() : this.#undatedAt;
  }
}

/** The newest first, to the second, as the real server sorts them. Equal ones keep their order. */
function byAge(a: CatalogEntry<Source>, b: CatalogEntry<Source>): number {
  return b.sortedAtSeconds - a.sortedAtSeconds;
}

function secondsOf(time: string): number {
  return Math.floor(Date.parse(time) / 1000) || 0;
}

/** The name of a model as clients see it. */
export function taggedName(source: Pick<Source, "name">, id: string): string {
  return `[${source.name}]-${id}`;
}

async function settledWithin(promises: readonly Promise<void>[], ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.allSettled(promises), limit]);
  clearTimeout(timer);
}
