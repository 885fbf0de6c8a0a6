/** A provider as the rest of the program sees it: where it is, how to talk to it, what it is called. */
import type { ModelConfig, ProviderConfig } from "../config/schema.ts";
import type { Quirks } from "../dialects/dialect.ts";
import { quirksFor } from "../dialects/quirks.ts";

export interface Provider {
  /** The tag of its models: `[name]-model`. */
  readonly name: string;
  readonly apiType: ProviderConfig["apiType"];
  /** Without a slash at the end; paths such as `/chat/completions` or `/api/chat` are appended. */
  readonly baseUrl: string;
  /** Query parameters of every request, with the question mark; empty when there are none. */
  readonly query: string;
  /** Everything that goes out with every request; holds the secret. */
  readonly headers: { readonly [name: string]: string };
  readonly timeouts: ProviderConfig["timeouts"];
  /** Undefined: ask the provider. */
  readonly models: readonly ModelConfig[] | undefined;
  readonly extraBody: { readonly [key: string]: unknown };
  readonly dropParams: readonly string[];
  /** What is known of a model of this provider, by the provider's own name for it. */
  readonly quirksOf: (model: string) => Quirks;
  /** How to connect: private certificates, and no company proxy to this very machine. */
  readonly connection: BunFetchRequestInit;
}

/** Rejects when the certificate file cannot be read. */
export async function createProvider(config: ProviderConfig, version: string): Promise<Provider> {
  const { base, query } = normalizeUrl(config.url, config.apiType);
  const host = /^\w+:\/\/([^/]*)/.exec(base)?.[1] ?? "";
  const { auth } = quirksFor(host, "", config.quirks);
  return {
    name: config.name,
    apiType: config.apiType,
    baseUrl: base,
    query: joinQuery(query, config.query),
    headers: {
      "user-agent": `ollama-proxy/${version}`,
      ...(config.secret === undefined ? {} : credentials(config.secret, auth)),
      ...lowerCaseNames(config.headers),
    },
    timeouts: config.timeouts,
    models: config.models,
    extraBody: config.extraBody,
    dropParams: config.dropParams,
    quirksOf: (model) => quirksFor(host, model, config.quirks),
    connection: {
      ...(config.caFile === undefined ? {} : { tls: { ca: await certificates(config.caFile) } }),
      // Bun's HTTP_PROXY would catch what never leaves this machine.
      ...(isLoopback(base) ? { proxy: false } : {}),
    },
  };
}

export function urlOf(provider: Provider, path: string): string {
  return `${provider.baseUrl}${path}${provider.query}`;
}

function credentials(secret: string, auth: Quirks["auth"]): { readonly [name: string]: string } {
  return auth === "api-key" ? { "api-key": secret } : { authorization: `Bearer ${secret}` };
}

/** The address of an OpenAI-compatible route, which an Ollama server has under `/v1`. */
export function openAiUrlOf(provider: Provider, path: string): string {
  return urlOf(provider, provider.apiType === "ollama" ? `/v1${path}` : path);
}

/** Addresses that people paste from a provider's documentation, ending in an endpoint. */
const ENDPOINTS =
  /\/(?:chat\/completions|completions|embeddings|models|responses|api\/(?:chat|generate|tags|show))$/;

/** Paths under which OpenAI-compatible hosts serve their versions, in case the version was left off. */
const VERSIONED_PATHS: ReadonlySet<string> = new Set(["", "/compatible-mode", "/compatibility", "/api"]);

/** The base that paths are appended to, from whatever the user pasted. */
function normalizeUrl(url: string, apiType: Provider["apiType"]): { base: string; query: string } {
  const [address = "", query = ""] = url.trim().replace(/#.*$/, "").split("?", 2);
  const [, origin = "", path = ""] = /^(\w+:\/\/[^/]*)(.*)$/.exec(address) ?? [];
  const bare = path
    .replaceAll(/\/{2,}/g, "/")
    .replace(/\/+$/, "")
    .replace(ENDPOINTS, "")
    .replace(/\/+$/, "");
  if (apiType === "ollama") return { base: origin + bare.replace(/\/(?:api|v1)$/, ""), query };
  return { base: origin + bare + (VERSIONED_PATHS.has(bare) ? "/v1" : ""), query };
}

/** The file's own beside the usual ones, which Bun would otherwise replace. */
async function certificates(file: string): Promise<string[]> {
  // Imported only here: the module costs megabytes that most users have no need of.
  const { rootCertificates } = await import("node:tls");
  return [...rootCertificates, await Bun.file(file).text()];
}

function joinQuery(pasted: string, configured: { readonly [name: string]: string }): string {
  const parameters = new URLSearchParams(pasted);
  for (const [name, value] of Object.entries(configured)) parameters.set(name, value);
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}

function lowerCaseNames(headers: { readonly [name: string]: string }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function isLoopback(url: string): boolean {
  return /^\w+:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/i.test(url);
}
