/** The composition root: puts the parts together for one configuration, and again when it changes. */
import type { ProxyError } from "./chat/error.ts";
import { readCertificate } from "./config/certificate-pair.ts";
import { type Config, parseProvider } from "./config/schema.ts";
import { isLoopback } from "./config/values.ts";
import { startDemo } from "./demo/server.ts";
import { maskLog } from "./log.ts";
import { type SecretRegistry, createMasker } from "./masker.ts";
import { CatalogKeeper } from "./models/catalog.ts";
import { createLogSink } from "./pipeline/log-sink.ts";
import { RecentApps } from "./pipeline/recent-apps.ts";
import { MetricsSink } from "./pipeline/metrics-sink.ts";
import type { RecordSink } from "./pipeline/record.ts";
import type { Services } from "./pipeline/services.ts";
import { Routing } from "./pipeline/targets.ts";
import { Spending } from "./pipeline/spending.ts";
import { ToolCallCache } from "./pipeline/tool-call-cache.ts";
import { listModels } from "./providers/discover.ts";
import { CACHE_LIMITS, type CacheLimits, REPLY_LIMITS, type ReplyLimits } from "./providers/limits.ts";
import { type Provider, type ProviderSettings, createProvider } from "./providers/provider.ts";
import { ProviderStates } from "./providers/state.ts";
import type { Runtime } from "./runtime.ts";
import { createHandler } from "./server/handler.ts";
import { BODY_LIMITS, type BodyLimits } from "./server/limits.ts";
import { OriginRules } from "./server/origin.ts";
import { ReloadableListener, type ListenerSettings } from "./server/reloadable-listener.ts";
import { STATUS_PATH, describeModels, describeStatus } from "./server/proxy-status.ts";
import { createRouter } from "./server/routes.ts";
import { createStop } from "./server/stopping.ts";
import { LiveRequests } from "./ui/live.ts";
import type { Ui, UiOptions } from "./ui/ui.ts";
import { History } from "./usage/history.ts";
import { openSpent } from "./usage/spent.ts";

export interface AppOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  /** Of ollama-proxy; reported as Ollama's own. */
  readonly version: string;
  /** Shown to users who have configured nothing yet. */
  readonly configPath: string;
  /** The value of `OLLAMA_ORIGINS`. */
  readonly origins: string | undefined;
  /** How long open replies may continue after `stop`, in milliseconds. */
  readonly drainTimeoutMs?: number;
  /** Replaces some default limits, so that tests need not send gigabytes or wait. */
  readonly limits?: Partial<Limits>;
  /** How long the token counts of a complete reply are waited for, in milliseconds. */
  readonly countsTimeoutMs?: number;
  /** After how long an idle connection of a client is closed, in seconds. */
  readonly idleTimeoutSeconds?: number;
  /** Milliseconds without a first byte after which the log reports a slow request. */
  readonly slowAfterMs?: number;
  /** Get the record of every request, in addition to the log. */
  readonly sinks?: readonly RecordSink[];
  /** The file of the history of requests. Undefined: none is written. */
  readonly historyPath?: string | undefined;
  /** The page of the owner. Undefined: there is none. */
  readonly ui?: PageSettings | undefined;
  /** Gets the secrets of every configuration. Everything that the program writes is masked with it. */
  readonly secrets: SecretRegistry;
}

/** What the page needs of the command line. */
type PageSettings = Pick<UiOptions, "keyPath" | "program" | "editor">;

type Limits = BodyLimits & ReplyLimits & CacheLimits;

export interface RunningApp {
  readonly urls: readonly string[];
  /** Requests in flight keep their configuration. Rejects and changes nothing when the new one cannot be used. */
  reload(config: Config): Promise<void>;
  /** Waits a moment for open replies, then ends them with an error. A second call does not wait. */
  stop(): Promise<void>;
}

const SLOW_AFTER_MS = 30_000;
const COUNTS_TIMEOUT_MS = 3000;
const IDLE_TIMEOUT_SECONDS = 60;

interface RunningServices extends Services {
  /** Asks every provider for its models in the background. */
  start(): void;
  /** Stops the background requests. Requests in flight continue. */
  close(): void;
}

/** Throws `PortTakenError`. */
export async function startApp(given: AppOptions): Promise<RunningApp> {
  const { secrets, idleTimeoutSeconds = IDLE_TIMEOUT_SECONDS, countsTimeoutMs = COUNTS_TIMEOUT_MS } = given;
  const runtime = { ...given.runtime, log: maskLog(given.runtime.log, secrets.mask) };
  const options = { ...given, runtime };
  const limits = { ...BODY_LIMITS, ...REPLY_LIMITS, ...CACHE_LIMITS, ...options.limits };
  const stopping = new AbortController();
  const state = createReloadState(options, limits);
  const shared = { version: options.version, runtime, limits, countsTimeoutMs };
  let services = await createServices(options.config, options.configPath, shared, state);
  register(secrets, services, options.config);
  const handling = {
    ...shared,
    router: createRouter(),
    origins: new OriginRules(options.origins),
    services: () => services,
    sinks: [createLogSink(runtime.log), ...sinksOf(state), ...(options.sinks ?? [])],
    ui: createPage(options, {
      ...state,
      stopping: stopping.signal,
      status: () => describeStatus(services, options.version),
      models: () => describeModels(services),
      forget: (provider, model) => forgetFixes(services, provider, model),
    }),
    slowAfterMs: options.slowAfterMs ?? SLOW_AFTER_MS,
    stopping: stopping.signal,
    mask: secrets.mask,
  };
  const listener = await ReloadableListener.open(
    listenerSettings(options.config, idleTimeoutSeconds),
    (access) => createHandler({ ...handling, access }),
  );
  const stopListening = createStop(listener, stopping, runtime, options.drainTimeoutMs);
  services.start();
  return {
    get urls() {
      return listener.urls;
    },
    async reload(config) {
      const next = await createServices(config, options.configPath, shared, state);
      try {
        await listener.change(listenerSettings(config, idleTimeoutSeconds));
      } catch (error) {
        next.close();
        throw error;
      }
      services.close();
      services = next;
      register(secrets, services, config);
      services.start();
    },
    async stop() {
      await stopListening();
      services.close();
      await state.history.close();
    },
  };
}

/** Returns whether the provider exists. */
function forgetFixes({ providers }: Services, name: string, model: string): boolean {
  const provider = providers.find((one) => one.name === name);
  provider?.state.fixes.forget(model);
  return provider !== undefined;
}

/** The page of the owner, loaded when somebody asks for it. Undefined: there is none. */
function createPage(
  { ui, runtime, secrets }: AppOptions,
  parts: Omit<UiOptions, "runtime" | "mask" | keyof PageSettings>,
): (() => Promise<Ui>) | undefined {
  if (ui === undefined) return undefined;
  let loaded: Promise<Ui> | undefined;
  return () => {
    loaded ??= import("./ui/ui.ts").then(
      (module) => new module.Ui({ ...ui, ...parts, runtime, mask: secrets.mask }),
    );
    return loaded;
  };
}

/** Throws an `Error` worded for users when the certificate cannot be used. */
function listenerSettings(config: Config, idleTimeoutSeconds: number): ListenerSettings {
  const { host, port, tls, apiKeys, allowedHosts } = config;
  const certificate = tls && readCertificate(tls);
  return { host, port, certificate, idleTimeoutSeconds, isLoopback: isLoopback(host), apiKeys, allowedHosts };
}

/** Masks these secrets from now on. A changed key file changes a provider's secret without a reload. */
function register(secrets: SecretRegistry, { providers }: Services, { apiKeys }: Config): void {
  secrets.replace(
    "providers",
    providers.map((provider) => (text) => provider.masker.text(text)),
  );
  secrets.replace("api_keys", [createMasker(apiKeys.map(({ secret }) => secret)).text]);
}

/** What survives a reload. */
interface ReloadState {
  readonly states: ProviderStates;
  /** Calls made before a reload are still in the clients' history. */
  readonly toolCalls: ToolCallCache;
  readonly routing: Routing;
  /** When the program started. */
  readonly startedAtMs: number;
  readonly recentApps: RecentApps;
  readonly metrics: MetricsSink;
  readonly spending: Spending;
  readonly history: History;
  readonly historyPath: string | undefined;
  readonly live: LiveRequests;
}

function createReloadState({ runtime, secrets, historyPath }: AppOptions, limits: Limits): ReloadState {
  const { now, log } = runtime;
  const { mask } = secrets;
  return {
    states: new ProviderStates({ now, limits }),
    toolCalls: new ToolCallCache(limits),
    routing: new Routing(limits),
    startedAtMs: now(),
    recentApps: new RecentApps(STATUS_PATH, mask),
    metrics: new MetricsSink(),
    spending: new Spending(now, log),
    historyPath,
    history: new History(historyPath, { now, log, mask }),
    live: new LiveRequests(mask, now),
  };
}

function sinksOf(state: ReloadState): readonly RecordSink[] {
  const { recentApps, metrics, spending, history, live } = state;
  return [recentApps, metrics, spending, history, live];
}

/** Rejects with an `Error` worded for users when a part of the configuration cannot be used. */
async function createServices(
  config: Config,
  configPath: string,
  settings: ProviderSettings & { readonly runtime: Runtime },
  state: ReloadState,
): Promise<RunningServices> {
  const { states, toolCalls, routing, metrics, spending, history, startedAtMs, recentApps } = state;
  const { runtime } = settings;
  const demo = config.providers.length + config.disabled.length === 0 ? startDemo(configPath) : undefined;
  const configs = demo === undefined ? config.providers : [parseProvider(demo.provider)];
  const providers = await Promise.all(
    configs.map((provider) => createProvider(provider, states.of(provider), settings)),
  );
  const findSpent = await openSpent(config.limits.length > 0 ? state.historyPath : undefined, runtime.log);
  const list = (provider: Provider, signal: AbortSignal) => listModels(provider, runtime, signal);
  const catalog = new CatalogKeeper(providers, list, runtime.now, {
    aliases: config.aliases,
    disabled: config.disabled,
    undatedAtMs: startedAtMs,
    onListChange: (provider, error) => logListChange(runtime, provider, error),
  });
  return {
    providers,
    catalog,
    toolCalls,
    routing,
    attempts: config.attempts,
    metrics,
    spending,
    runtime,
    program: { configPath, startedAtMs, recentApps },
    start() {
      states.keep(configs);
      metrics.isEnabled = config.metrics;
      history.configure(config.usage);
      spending.configure(config.limits, findSpent);
      catalog.start();
    },
    close() {
      catalog.stop();
      demo?.stop();
    },
  };
}

/** Logs a cause once, because a failing provider is asked again every few seconds. */
function logListChange({ log }: Runtime, { name }: Provider, error: ProxyError | undefined): void {
  if (error === undefined)
    log("info", "The model list of the provider is available again", { provider: name });
  else {
    const hint = "run `ollama-proxy check` for details";
    log("warn", `Cannot list the models of the provider; ${hint}`, { provider: name, cause: error.message });
  }
}
