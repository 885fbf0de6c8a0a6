/** `auto: true`: uses the providers that are found on this machine, as they come and go. */
import type { Config, ProviderConfig } from "../config/schema.ts";
import { cleanSecret } from "../config/values.ts";
import { freeName, KNOWN_HOSTS } from "../options/hosts.ts";
import { findOffers, type Offer, toProvider } from "./offers.ts";
import { listOf } from "./query-providers.ts";

const LOOK_EVERY_MS = 5000;

export class FoundProviders {
  readonly #version: string;
  readonly #onChange: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Names and URLs of what was found last. */
  #last = "";

  /** Calls `onChange` when something was found or is gone. */
  constructor(version: string, onChange: () => void) {
    this.#version = version;
    this.#onChange = onChange;
  }

  /** Adds what is found now, if the configuration asks for it. */
  async extend(config: Config): Promise<Config> {
    if (!config.auto) {
      this.close();
      return config;
    }
    const found = await findOffers(process.env, this.#version, config.port);
    this.#last = identify(found);
    this.#timer ??= setInterval(() => void this.#look(config.port), LOOK_EVERY_MS);
    return addFound(config, found, this.#version);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(ownPort: number): Promise<void> {
    const found = identify(await findOffers(process.env, this.#version, ownPort));
    if (this.#timer !== undefined && found !== this.#last) this.#onChange();
  }
}

/** The configuration with what is found now, for commands. */
export function withFound(config: Config, version: string): Promise<Config> {
  const found = new FoundProviders(version, () => undefined);
  return found.extend(config).finally(() => found.close());
}

function identify(found: readonly Offer[]): string {
  return found.map(({ name, url }) => `${name} ${url}`).join("\n");
}

async function addFound(config: Config, found: readonly Offer[], version: string): Promise<Config> {
  const configured = new Set(config.providers.map(({ url }) => hostOf(url)));
  const taken = [...config.providers, ...config.disabled].map(({ name }) => name);
  const added: ProviderConfig[] = [];
  for (const offer of found) {
    if (configured.has(hostOf(offer.url))) continue;
    const name = freeName(offer.name, [...taken, ...added.map((provider) => provider.name)]);
    added.push(await toUsableProvider({ ...offer, name }, version));
  }
  return { ...config, providers: [...config.providers, ...added] };
}

/** The provider at the endpoint that accepts the key: some providers have several regions. */
async function toUsableProvider(offer: Offer, version: string): Promise<ProviderConfig> {
  const { variable } = offer;
  if (variable === undefined) return toProvider(offer);
  const secret = cleanSecret(process.env[variable] ?? "");
  const endpoints = KNOWN_HOSTS.find(({ keyVariables }) => keyVariables.includes(variable))?.endpoints ?? [];
  const candidates = endpoints.map(({ url }) => toProvider({ ...offer, url }, secret));
  const [first = toProvider(offer, secret), ...others] = candidates;
  for (const candidate of others.length === 0 ? [] : [first, ...others]) {
    const list = await listOf(candidate, version);
    if ("models" in list) return named(candidate, variable);
  }
  return named(first, variable);
}

function named(provider: ProviderConfig, variable: string): ProviderConfig {
  return { ...provider, keyPlace: `the key in the environment variable ${variable}` };
}

/** The host and port, under one name for this machine. */
function hostOf(url: string): string {
  return (URL.parse(url)?.host ?? url).replace(/^(?:localhost|\[::1\])(?=:|$)/, "127.0.0.1");
}
