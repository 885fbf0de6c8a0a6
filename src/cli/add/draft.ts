/** The parts of a provider entry as the user gives them, and the entry that is written. */
import type { Entry } from "../../config/edit.ts";
import { readKey } from "../../config/key-file.ts";
import { FileFault } from "../../config/read-file.ts";
import { cleanSecret, completeUrl, findUrlFault } from "../../config/values.ts";
import { didYouMean } from "../../config/nearest.ts";
import { KNOWN_HOSTS, type KnownHost } from "../../options/hosts.ts";
import { LOCAL_SERVERS } from "../../options/local-servers.ts";
import { UsageError } from "../args.ts";

/** A URL and the API that may be there. */
export interface Place {
  readonly url: string;
  readonly apiType: KnownHost["apiType"] | undefined;
}

/** What to add. The places are tried in order. */
export interface Target {
  readonly name: string;
  readonly title: string;
  readonly places: readonly [Place, ...Place[]];
  readonly known: KnownHost | undefined;
}

/** Where the key of the provider is kept. */
export type Key =
  | { readonly type: "none" }
  | { readonly type: "text"; readonly value: string }
  | { readonly type: "variable"; readonly name: string }
  | { readonly type: "file"; readonly path: string };

/** A known provider. `name` replaces its usual name. */
export function targetOfHost(known: KnownHost, name = known.name): Target {
  const [first, ...others] = known.endpoints.map(({ url }) => ({ url, apiType: known.apiType }));
  if (first === undefined) throw new Error(`The provider "${known.name}" has no URL`);
  return { name, title: known.title, places: [first, ...others], known };
}

/** Any URL. Whether an Ollama server or an OpenAI-compatible API is there, its answers tell. Throws `UsageError`. */
export function targetOfUrl(written: string, name?: string): Target {
  const url = completeUrl(written);
  const fault = findUrlFault(url);
  if (fault !== undefined)
    throw new UsageError(`Expected a URL such as https://api.example.com/v1; ${fault}`);
  const known = KNOWN_HOSTS.find(({ endpoints }) =>
    endpoints.some((endpoint) => hostOf(endpoint.url) === hostOf(url)),
  );
  const local = LOCAL_SERVERS.find(({ port }) => hostOf(url).endsWith(`:${port}`));
  return {
    name: name ?? known?.name ?? nameFor(url),
    title: known?.title ?? url,
    places: placesAt(url, known?.apiType ?? local?.apiType),
    known,
  };
}

/** The APIs that may be at a URL, the likeliest first. */
function placesAt(url: string, usual: KnownHost["apiType"] | undefined): Target["places"] {
  const openai = { url, apiType: undefined };
  if (usual !== undefined) return [{ url, apiType: usual }, openai];
  return [openai, { url, apiType: "Ollama" }];
}

/** Throws `UsageError` for an unknown name. */
export function targetOfName(name: string): Target {
  const known = KNOWN_HOSTS.find((host) => host.name === name.toLowerCase());
  if (known !== undefined) return targetOfHost(known);
  const server = LOCAL_SERVERS.find((local) => local.name === name.toLowerCase());
  if (server !== undefined)
    return {
      name: server.name,
      title: server.title,
      places: [{ url: `http://127.0.0.1:${server.port}`, apiType: server.apiType }],
      known: undefined,
    };
  const names = [...KNOWN_HOSTS, ...LOCAL_SERVERS].map((row) => row.name);
  const hint = didYouMean(name, names) ?? `, expected one of ${[...new Set(names)].join(", ")}.`;
  throw new UsageError(`Unknown provider "${name}"${hint} For another one, add its URL with --url`);
}

/** The key itself; undefined when there is none. Throws an `Error` for the user. */
export function valueOf(
  key: Key,
  environment: { readonly [name: string]: string | undefined },
): string | undefined {
  if (key.type === "none") return undefined;
  if (key.type === "text") return key.value;
  if (key.type === "file") return readKeyFile(key.path);
  const value = cleanSecret(environment[key.name] ?? "");
  if (value === undefined)
    throw new Error(`The environment variable ${key.name} is not set; set it, or use --key-file`);
  return value;
}

function readKeyFile(path: string): string {
  try {
    return readKey(path);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    throw new Error(`Cannot use the file "${path}": ${error.message}`, { cause: error });
  }
}

/** The entry in the order of the sample. `models` is empty for all models. */
export function toEntry(name: string, { url, apiType }: Place, key: Key, models: readonly string[]): Entry {
  return {
    name,
    url,
    ...(key.type === "text" ? { secret: key.value } : {}),
    ...(key.type === "variable" ? { secret: `\${${key.name}}` } : {}),
    ...(key.type === "file" ? { secret_file: key.path } : {}),
    ...(models.length === 0 ? {} : { models }),
    ...(apiType === undefined ? {} : { api_type: apiType }),
  };
}

/** The part of a host name that people call it by: `api.example.com` gives `example`. */
function nameFor(url: string): string {
  const name = hostOf(url).replace(/:\d+$/, "");
  if (/^[\d.]+$|^\[/.test(name) || name === "localhost") return "local";
  const parts = name.split(".").filter((part) => !/^(?:api|www|llm|ai|v\d)$/.test(part));
  return parts.at(-2) ?? parts[0] ?? "provider";
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "";
}
