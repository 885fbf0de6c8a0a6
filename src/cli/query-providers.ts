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
import { createRuntime } from "../runtime.ts";
import type { Options } from "./args.ts";
import { printError, messageOf, secrets } from "./console.ts";

const TIMEOUT_MS = 30_000;

export interface QueryResult {
  readonly provider: ProviderConfig;
  /** The provider's own names of its models, or the error message. */
  readonly result: { readonly models: readonly string[] } | { readonly error: string };
}

/** Prints warnings to standard error. Throws `ConfigError`. */
export function loadAndWarn(options: Options): Config {
  const { config, warnings } = loadConfig(findConfigPath(options.config, process.env), process.env);
  secrets.replace("providers", [createMasker(config.providers.flatMap(secretValues)).text]);
  for (const warning of warnings) printError(`Warning: ${warning}`);
  return config;
}

export function queryProviders(
  providers: readonly ProviderConfig[],
  version: string,
): Promise<readonly QueryResult[]> {
  const log = createLog({
    level: "error",
    format: detectLogFormat(process.env),
    write: printError,
  });
  const runtime = createRuntime(log);
  const limits = { ...REPLY_LIMITS, ...CACHE_LIMITS };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return Promise.all(
    providers.map(async (provider): Promise<QueryResult> => {
      try {
        const state = new ProviderState({ now: runtime.now, limits });
        const settings = { version, runtime, limits, countsTimeoutMs: 0 };
        const models = await listModels(await createProvider(provider, state, settings), runtime, signal);
        return { provider, result: { models: models.map((model) => model.id) } };
      } catch (error) {
        return { provider, result: { error: messageOf(error).replace(`[${provider.name}] `, "") } };
      }
    }),
  );
}
