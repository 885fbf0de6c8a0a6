/** Queries the model lists of all providers of a configuration at the same time. */
import { findConfigPath, loadConfig } from "../config/load.ts";
import type { Config, ProviderConfig } from "../config/schema.ts";
import { createLog, detectLogFormat } from "../log.ts";
import { listModels } from "../providers/discover.ts";
import { createMasker } from "../masker.ts";
import { secretValues } from "../providers/credentials.ts";
import { createProvider } from "../providers/provider.ts";
import { CACHE_LIMITS, REPLY_LIMITS } from "../providers/limits.ts";
import { ProviderState } from "../providers/state.ts";
import { createRuntime, type Runtime } from "../runtime.ts";
import type { Options } from "./args.ts";
import { printError, messageOf, secrets } from "./console.ts";

const TIMEOUT_MS = 30_000;
/** The status of an error about the key of a provider. */
export const FORBIDDEN = 403;

export type ListedModels = Awaited<ReturnType<typeof listModels>>;

export type ListResult =
  | { readonly models: ListedModels }
  /** The message without the provider's name. */
  | {
      readonly error: string;
      /** The provider rejected the key. */
      readonly isRejected: boolean;
    };

export interface QueryResult {
  readonly provider: ProviderConfig;
  /** The provider's own names of its models, or the error message. */
  readonly result: { readonly models: readonly string[] } | { readonly error: string };
}

/** Prints warnings to standard error. Throws `ConfigError`. */
export async function loadAndWarn(options: Options, version: string): Promise<Config> {
  const { config: written, warnings } = loadConfig(findConfigPath(options.config, process.env), process.env);
  const config = written.auto ? await (await import("./auto.ts")).withFound(written, version) : written;
  maskSecretsOf(config.providers);
  for (const warning of warnings) printError(`Warning: ${warning}`);
  return config;
}

/** Masks the secrets of these providers in everything that is printed, and of no others. */
export function maskSecretsOf(providers: readonly ProviderConfig[]): void {
  secrets.replace("providers", [createMasker(providers.flatMap(secretValues)).text]);
}

export function queryProviders(
  providers: readonly ProviderConfig[],
  version: string,
): Promise<readonly QueryResult[]> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return Promise.all(
    providers.map(async (provider): Promise<QueryResult> => {
      const result = await listOf(provider, version, signal);
      return {
        provider,
        result: "error" in result ? result : { models: result.models.map(({ id }) => id) },
      };
    }),
  );
}

/** Never rejects. */
export async function listOf(
  provider: ProviderConfig,
  version: string,
  signal: AbortSignal = AbortSignal.timeout(TIMEOUT_MS),
): Promise<ListResult> {
  const runtime = quietRuntime();
  const limits = { ...REPLY_LIMITS, ...CACHE_LIMITS };
  try {
    const state = new ProviderState({ now: runtime.now, limits });
    const settings = { version, runtime, limits, countsTimeoutMs: 0 };
    const created = await createProvider(provider, state, settings);
    return { models: await listModels(created, runtime, signal) };
  } catch (error) {
    const isRejected = error instanceof Error && "status" in error && error.status === FORBIDDEN;
    return { error: messageOf(error).replace(`[${provider.name}] `, ""), isRejected };
  }
}

/** Logs only errors. */
export function quietRuntime(): Runtime {
  return createRuntime(
    createLog({ level: "error", format: detectLogFormat(process.env), write: printError }),
  );
}
