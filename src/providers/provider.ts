/** A provider of the configuration, with everything that is needed to send requests to it. */
import type { UpstreamApi, UpstreamApiName } from "../apis/upstream-api.ts";
import { UPSTREAM_APIS } from "../apis/upstreams.ts";
import type { ProxyError } from "../chat/error.ts";
import type { ModelListCache } from "../models/model-list.ts";
import { ModelSelection } from "../models/selection.ts";
import type { ProviderConfig } from "../config/schema.ts";
import type { ProviderOptions } from "../options/options.ts";
import { resolveOptions } from "../options/resolve.ts";
import type { Masker } from "../masker.ts";
import type { Runtime } from "../runtime.ts";
import { Address } from "./address.ts";
import { BoundedMap } from "./bounded-map.ts";
import { Connections } from "./connections.ts";
import { adviseOnKey } from "./key-advice.ts";
import { type KeyPool, createKeys } from "./keys.ts";
import type { ReplyLimits } from "./limits.ts";
import type { ProviderState } from "./state.ts";

export interface Provider {
  /** The tag of its models: `[name]-model`. */
  readonly name: string;
  readonly api: UpstreamApi;
  readonly apiName: UpstreamApiName;
  /** The URL to which paths such as `/chat/completions` or `/api/chat` are appended. */
  readonly address: Address;
  readonly keys: KeyPool;
  /** Masks the provider's current secrets. */
  readonly masker: Masker;
  /** What the user can do about an error, as the end of a sentence. */
  readonly advise: (error: ProxyError) => string | undefined;
  readonly timeouts: Timeouts;
  readonly limits: ReplyLimits;
  /** The models that are shown. */
  readonly selection: ModelSelection;
  readonly extraBody: { readonly [key: string]: unknown };
  readonly dropParams: readonly string[];
  /** The options of a model, by the provider's own name. */
  readonly optionsFor: (model: string) => ProviderOptions;
  /** Use the provider's `ca_file`. To this machine they use no HTTP proxy. */
  readonly connections: Connections;
  /** What is known beyond the configuration. Survives reloads. */
  readonly state: ProviderState;
  /** That of `state`, for the catalog. */
  readonly modelList: ModelListCache;
}

interface Timeouts extends Readonly<ProviderConfig["timeouts"]> {
  /** How long the provider may be silent once its reply is complete, before the proxy stops waiting for its token counts. */
  readonly countsMs: number;
}

/** What all providers have in common. */
export interface ProviderSettings {
  /** Of ollama-proxy. */
  readonly version: string;
  readonly runtime: Pick<Runtime, "now" | "log">;
  readonly limits: ReplyLimits;
  /** `Timeouts.countsMs` */
  readonly countsTimeoutMs: number;
}

/** Rejects when the certificate file cannot be read. */
export async function createProvider(
  config: ProviderConfig,
  state: ProviderState,
  { version, runtime, limits, countsTimeoutMs }: ProviderSettings,
): Promise<Provider> {
  const api: UpstreamApi = UPSTREAM_APIS[config.apiType];
  const address = new Address(config, api, state.base);
  const optionsFor = createOptions(config, api, address.host, state);
  const keys = createKeys(
    config,
    (secret) => ({
      "user-agent": `ollama-proxy/${version}`,
      ...api.headers,
      ...(secret === undefined ? {} : api.auth(secret, optionsFor(""))),
      ...lowerCaseNames(config.headers),
    }),
    runtime,
  );
  return {
    name: config.name,
    api,
    apiName: config.apiType,
    state,
    modelList: state.modelList,
    address,
    keys,
    get masker() {
      return keys.masker();
    },
    advise: (error) => adviseOnKey(config, error),
    timeouts: { ...config.timeouts, countsMs: countsTimeoutMs },
    limits,
    selection: new ModelSelection(config.models),
    extraBody: config.extraBody,
    dropParams: config.dropParams,
    optionsFor,
    connections: new Connections({
      ...(config.caFile === undefined ? {} : { tls: { ca: await certificates(config.caFile) } }),
      // Without this, HTTP_PROXY would apply to requests that stay on this machine.
      ...(isLoopback(address.host) ? { proxy: false } : {}),
    }),
  };
}

/** Clients may name any model of a provider whose list is unknown. */
const MAX_KEPT_OPTIONS = 1000;

/** Resolves the options of a model once, and again when the kind of its server becomes known. */
function createOptions(
  { options: configured }: ProviderConfig,
  { optionSource }: UpstreamApi,
  host: string,
  state: Pick<ProviderState, "server">,
): (model: string) => ProviderOptions {
  const known = new BoundedMap<{
    readonly server: ProviderState["server"];
    readonly options: ProviderOptions;
  }>({ maxEntries: MAX_KEPT_OPTIONS });
  return (model) => {
    const { server } = state;
    const kept = known.get(model);
    if (kept !== undefined && kept.server === server) return kept.options;
    const options = resolveOptions(optionSource, { host, server }, model, configured);
    known.set(model, { server, options });
    return options;
  };
}

/** The certificates of the file and the default ones. Bun would otherwise use only those of the file. */
async function certificates(file: string): Promise<string[]> {
  // Imported lazily: the module takes megabytes of memory, and few users need it.
  const { rootCertificates } = await import("node:tls");
  return [...rootCertificates, await Bun.file(file).text()];
}

function lowerCaseNames(headers: { readonly [name: string]: string }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::|$)/i.test(host);
}
