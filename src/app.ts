/** The composition root: puts the parts together for one configuration, and again when it changes. */
import { ProxyError } from "./chat/error.ts";
import type { Config, ProviderConfig } from "./config/schema.ts";
import { DEMO_MODEL, DEMO_NAME, startDemo } from "./demo/server.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { LoadedModels } from "./gateway/loaded.ts";
import { CatalogKeeper } from "./models/catalog.ts";
import { listModels } from "./providers/discover.ts";
import { type Provider, createProvider } from "./providers/provider.ts";
import type { Runtime } from "./runtime.ts";
import { createHandler } from "./server/handler.ts";
import { type Listener, listen } from "./server/listen.ts";
import { OriginRules } from "./server/origin.ts";
import { createRouter } from "./server/routes.ts";

export interface AppOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  /** Of ollama-proxy; reported as Ollama's own. */
  readonly version: string;
  /** Shown to users who have configured nothing yet. */
  readonly configPath: string;
  /** The value of `OLLAMA_ORIGINS`. */
  readonly origins: string | undefined;
}

export interface RunningApp {
  readonly urls: readonly string[];
  /** Requests in flight keep what they began with. Rejects, changing nothing, when the configuration cannot be used. */
  reload(config: Config): Promise<void>;
  /** Lets open replies end for a moment, then ends them with an error. A second call does not wait. */
  stop(): Promise<void>;
}

const GRACE_MS = 3000;

/** Throws `PortTakenError`. */
export async function startApp(options: AppOptions): Promise<RunningApp> {
  const { runtime } = options;
  const stopping = new AbortController();
  let gateway = createGateway(options.config, options);
  const handle = createHandler({
    router: createRouter(),
    origins: new OriginRules(options.origins),
    runtime,
    version: options.version,
    gateway: () => gateway,
    stopping: stopping.signal,
  });
  let listener: Listener = await listen(options.config.host, options.config.port, handle);
  gateway.catalog.start();
  return {
    get urls() {
      return listener.urls;
    },
    async reload(config) {
      const next = createGateway(config, options);
      const moved = config.host !== listener.host || (config.port !== listener.port && config.port !== 0);
      const old = listener;
      if (moved) listener = await listen(config.host, config.port, handle);
      gateway.close();
      gateway = next;
      gateway.catalog.start();
      if (moved) void old.drain();
    },
    async stop() {
      const drained = listener.drain();
      const grace = stopping.signal.aborted ? 0 : GRACE_MS;
      await Promise.race([drained, runtime.sleep(grace)]);
      stopping.abort(
        new ProxyError("overloaded", "ollama-proxy is shutting down; send the request again in a moment"),
      );
      await Promise.race([drained, runtime.sleep(500)]);
      await listener.close();
      gateway.close();
    },
  };
}

/** Throws an `Error` worded for users when a part of the configuration cannot be used. */
function createGateway(config: Config, { runtime, version, configPath }: AppOptions): Gateway {
  const demo = config.providers.length === 0 ? startDemo(configPath) : undefined;
  const configs = demo === undefined ? config.providers : [demoProvider(demo.url)];
  const providers = configs.map((provider) => createProvider(provider, version));
  const list = (provider: Provider, signal: AbortSignal) => listModels(provider, runtime, signal);
  const catalog = new CatalogKeeper(providers, list, runtime.now);
  return {
    providers,
    catalog,
    loaded: new LoadedModels(runtime.now),
    runtime,
    close() {
      catalog.stop();
      demo?.stop();
    },
  };
}

function demoProvider(url: string): ProviderConfig {
  return {
    name: DEMO_NAME,
    url,
    apiType: "openai",
    secret: undefined,
    headers: {},
    models: [{ name: DEMO_MODEL, capabilities: ["completion"] }],
    timeouts: { connectMs: 5000, firstByteMs: 5000, idleMs: 5000 },
    extraBody: {},
    query: {},
    dropParams: [],
    caFile: undefined,
    allowHttp: false,
    quirks: {},
  };
}
