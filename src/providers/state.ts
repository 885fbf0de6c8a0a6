/**
 * What is known of a provider beyond its configuration. It belongs to the provider's identity, so that a changed
 * configuration file costs nothing of it.
 */
import type { ProviderConfig } from "../config/schema.ts";
import { ModelListCache } from "../models/model-list.ts";
import type { FoundBase } from "./address.ts";
import { LearnedFixes } from "./learned-fixes.ts";
import type { CacheLimits, ReplyLimits } from "./limits.ts";
import { LoadedModels } from "./loaded-models.ts";
import { ShowCache } from "./show-cache.ts";

export interface StateOptions {
  readonly now: () => number;
  readonly limits: ReplyLimits & CacheLimits;
  readonly countsLimitMs: number;
}

export class ProviderState {
  readonly modelList = new ModelListCache();
  readonly fixes: LearnedFixes;
  readonly loaded: LoadedModels;
  readonly shows: ShowCache;
  readonly base: FoundBase = { basePath: undefined, rejected: [] };

  readonly limits: ReplyLimits;
  /** How long the provider may be silent once its reply is complete, before its token counts are given up. */
  readonly countsLimitMs: number;

  constructor({ now, limits, countsLimitMs }: StateOptions) {
    this.limits = limits;
    this.countsLimitMs = countsLimitMs;
    this.fixes = new LearnedFixes(now, limits);
    this.loaded = new LoadedModels(now, limits.maxLoadedModels);
    this.shows = new ShowCache(now, limits);
  }
}

export class ProviderStates {
  readonly #create: () => ProviderState;
  readonly #states = new Map<string, ProviderState>();

  constructor(options: StateOptions) {
    this.#create = () => new ProviderState(options);
  }

  /** The state of that provider, a new one when it is not known. */
  of(config: ProviderConfig): ProviderState {
    const identity = identityOf(config);
    const state = this.#states.get(identity) ?? this.#create();
    this.#states.set(identity, state);
    return state;
  }

  /** The configuration is in use: the states of all other providers are forgotten. */
  keep(configs: readonly ProviderConfig[]): void {
    const identities = new Set(configs.map(identityOf));
    for (const identity of this.#states.keys()) {
      if (!identities.has(identity)) this.#states.delete(identity);
    }
  }
}

/** Another name, address, API or credential is another provider. */
function identityOf({ name, url, apiType, secret, headers, query }: ProviderConfig): string {
  return JSON.stringify([name, url, apiType, secret, headers, query]);
}
