/** What is known of a provider beyond its configuration. It is found by the provider's identity and survives reloads. */
import type { ProviderConfig } from "../config/schema.ts";
import { ModelListCache } from "../models/model-list.ts";
import type { ServerPreset } from "../options/preset.ts";
import type { FoundBase } from "./address.ts";
import { Health } from "./health.ts";
import { LearnedFixes } from "./learned-fixes.ts";
import type { CacheLimits } from "./limits.ts";
import { LoadedModels } from "./loaded-models.ts";
import { MissingRoutes } from "./missing-routes.ts";
import { ShowCache } from "./show-cache.ts";

export interface StateOptions {
  readonly now: () => number;
  readonly limits: CacheLimits;
}

export class ProviderState {
  readonly modelList = new ModelListCache();
  readonly fixes: LearnedFixes;
  readonly loaded: LoadedModels;
  readonly shows: ShowCache;
  readonly health: Health;
  readonly missingRoutes: MissingRoutes;
  readonly base: FoundBase = { basePath: undefined, rejected: [] };
  /** The program that the provider runs. Undefined: it has not said so. */
  server: ServerPreset | undefined;
  /** Settles when it is known whether the provider says so. Undefined: it has not been asked for that reason. */
  recognition: Promise<unknown> | undefined;

  constructor({ now, limits }: StateOptions) {
    this.fixes = new LearnedFixes(now, limits);
    this.loaded = new LoadedModels(now, limits.maxLoadedModels);
    this.missingRoutes = new MissingRoutes(now);
    this.shows = new ShowCache(now, limits);
    this.health = new Health(now, limits);
  }
}

export class ProviderStates {
  readonly #create: () => ProviderState;
  readonly #states = new Map<string, ProviderState>();

  constructor(options: StateOptions) {
    this.#create = () => new ProviderState(options);
  }

  /** The state of that provider; a new one for an unknown provider. */
  of(config: ProviderConfig): ProviderState {
    const identity = identityOf(config);
    const state = this.#states.get(identity) ?? this.#create();
    this.#states.set(identity, state);
    return state;
  }

  /** Deletes the states of all other providers. Called when the configuration takes effect. */
  keep(configs: readonly ProviderConfig[]): void {
    const identities = new Set(configs.map(identityOf));
    for (const identity of this.#states.keys()) {
      if (!identities.has(identity)) this.#states.delete(identity);
    }
  }
}

/** A provider with another name, address, API or credential is another provider. A key file may hold a new key at any time. */
function identityOf(config: ProviderConfig): string {
  const { name, url, apiType, secrets, secretFile, secretCommand, headers, query } = config;
  const credential = secretFile === undefined ? { secrets, secretCommand } : { secretFile };
  return JSON.stringify([name, url, apiType, credential, headers, query]);
}
