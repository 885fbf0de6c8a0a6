/** The real application on a free port, in this process. */
import { type AppOptions, type RunningApp, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import { type Config, type ProviderConfig, parseProvider } from "../../src/config/schema.ts";
import { SecretRegistry } from "../../src/masker.ts";
import type { Runtime } from "../../src/runtime.ts";
import { fixedRuntime } from "./runtime.ts";

export interface TestApp extends AsyncDisposable {
  readonly url: string;
  readonly app: RunningApp;
}

/** Overrides of the defaults. `config` overrides everything in the configuration but the providers. */
export interface TestSettings extends Omit<Partial<AppOptions>, "config"> {
  readonly config?: Partial<Config>;
}

export async function startTestApp(
  providers: readonly ProviderConfig[],
  runtime: Runtime = fixedRuntime(),
  { config, ...options }: TestSettings = {},
): Promise<TestApp> {
  const app = await startApp({
    config: testConfig(providers, config),
    runtime,
    version: "33.0.0",
    configPath: "ollama-proxy.yaml",
    origins: undefined,
    secrets: new SecretRegistry(),
    ...options,
  });
  return { url: app.urls[0] ?? "", app, [Symbol.asyncDispose]: () => app.stop() };
}

/** The app with a configuration as in the file. */
export function startConfigured(
  text: string,
  runtime: Runtime = fixedRuntime(),
  options: TestSettings = {},
): Promise<TestApp> {
  const { config } = parseConfig(`port: 0\nusage: false\n${text}`, "ollama-proxy.yaml", {});
  return startTestApp(config.providers, runtime, { ...options, config });
}

/** Listens on a free port of both loopback addresses. Clients need no key. */
export function testConfig(providers: readonly ProviderConfig[], overrides: Partial<Config> = {}): Config {
  return {
    port: 0,
    host: undefined,
    apiKeys: [],
    allowAnonymous: false,
    auto: false,
    allowedHosts: [],
    tls: undefined,
    attempts: { maxRequests: 6, maxWaitMs: 10_000 },
    usage: undefined,
    metrics: false,
    limits: [],
    providers,
    disabled: [],
    aliases: [],
    ...overrides,
  };
}

const DEFAULTS = parseProvider({
  name: "p",
  url: "https://p.example",
  secret: "test-secret",
  models: [{ name: "m" }],
});

/** A provider named `p` with one model `m`. */
export function testProvider(url: string, overrides: Partial<ProviderConfig> = {}): ProviderConfig {
  return {
    ...DEFAULTS,
    url,
    timeouts: { firstByteMs: 5000, idleMs: 5000 },
    ...overrides,
  };
}

export function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { method: "POST", body: JSON.stringify(body), ...init });
}
