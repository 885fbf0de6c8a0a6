/** Finds providers that can be used without further settings: keys in environment variables, and servers on this machine. */
import { parseProvider, type ProviderConfig } from "../config/schema.ts";
import { KNOWN_HOSTS, type KnownHost } from "../options/hosts.ts";
import { LOCAL_SERVERS, type LocalServer } from "../options/local-servers.ts";
import { PROXY_HEADER } from "../server/reply.ts";
import { listOf } from "./query-providers.ts";

interface Environment {
  readonly [name: string]: string | undefined;
}

/** A provider that was found. */
export interface Offer {
  /** A name for the configuration. */
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly apiType: KnownHost["apiType"] | undefined;
  /** The environment variable with the key; undefined for a server on this machine. */
  readonly variable: string | undefined;
}

/** Everything that can be used. `ownPort` is the port of this program, where no other server can be. */
export async function findOffers(
  environment: Environment,
  version: string,
  ownPort?: number,
): Promise<readonly Offer[]> {
  const servers = LOCAL_SERVERS.filter(({ port }) => port !== ownPort);
  return [...offersOfVariables(environment), ...(await offersOfLocalServers(version, servers))];
}

/** Known providers whose key is in the environment. */
function offersOfVariables(environment: Environment): readonly Offer[] {
  return KNOWN_HOSTS.flatMap((known) => {
    const variable = variableOf(known, environment);
    const { name, title, apiType } = known;
    const [{ url }] = known.endpoints;
    return variable === undefined ? [] : [{ name, title, url, apiType, variable }];
  });
}

/** The variable with the key of a provider, if it is set. */
export function variableOf({ keyVariables }: KnownHost, environment: Environment): string | undefined {
  return keyVariables.find((name) => (environment[name] ?? "").trim() !== "");
}

const PROBE_TIMEOUT_MS = 1000;

/** Servers that answer on their usual ports. This program is not one of them. */
async function offersOfLocalServers(
  version: string,
  servers: readonly LocalServer[],
): Promise<readonly Offer[]> {
  const found = await Promise.all(
    servers.map(async (server): Promise<readonly Offer[]> => {
      const { name, title, apiType, port } = server;
      const url = `http://127.0.0.1:${port}`;
      const isThere = (await isOther(url)) && (await hasModels({ name, url, apiType }, version));
      return isThere ? [{ name, title, url, apiType, variable: undefined }] : [];
    }),
  );
  return found.flat();
}

/** Whether another program than this one speaks HTTP there. */
async function isOther(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      redirect: "manual",
      proxy: false,
    });
    await response.body?.cancel();
    return !response.headers.has(PROXY_HEADER);
  } catch {
    return false;
  }
}

async function hasModels(offer: Pick<Offer, "name" | "url" | "apiType">, version: string): Promise<boolean> {
  const result = await listOf(toProvider(offer), version, AbortSignal.timeout(PROBE_TIMEOUT_MS));
  return "models" in result && result.models.length > 0;
}

/** `secret` is the key itself. */
export function toProvider(
  { name, url, apiType }: Pick<Offer, "name" | "url" | "apiType">,
  secret?: string,
): ProviderConfig {
  return parseProvider({ name, url, secret, api_type: apiType });
}
