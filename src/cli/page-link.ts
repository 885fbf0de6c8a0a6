/** Finds the running program and makes a link to its page. */
import { findConfigPath, loadConfig } from "../config/load.ts";
import { KEY_HEADER, createCode, keyId } from "../ui/session.ts";
import { historyFolders, pageKeyFile } from "../usage/state-folder.ts";
import type { Options } from "./args.ts";
import { addressOf, explain, isReachableHere } from "./running.ts";

export interface PageLink {
  /** Of the page, with a slash at the end. */
  readonly url: string;
  /** Works once, for two minutes. */
  readonly link: string;
}

/** Throws an `Error` for the user when there is no program that this user may open. */
export async function createPageLink(options: Options): Promise<PageLink> {
  const { config } = loadConfig(findConfigPath(options.config, process.env), process.env);
  if (!isReachableHere(config.host))
    throw new Error(`The page is only at an address of this machine, but \`host\` is ${config.host}`);
  const url = `${addressOf(config)}/ui/`;
  const id = await findKeyId(url);
  const keyPaths = historyFolders(process.env, process.platform).map(pageKeyFile);
  const keyPath = keyPaths.find((path) => keyId(path) === id);
  if (keyPath === undefined)
    throw new Error(
      `Cannot open ${url}: the program there runs as another user, or with another home directory`,
    );
  return { url, link: `${url}enter?code=${createCode(keyPath, Date.now())}` };
}

/** Which key file the running program uses. Throws an `Error` for the user. */
async function findKeyId(url: string): Promise<string> {
  const response = await fetchPage(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    (error: unknown) => {
      throw new Error(`Cannot open ${url}: ${explain(error)}; is ollama-proxy running?`, { cause: error });
    },
  );
  const id = response.headers.get(KEY_HEADER);
  if (id === null)
    throw new Error(`Cannot open ${url}: the program there is another one, or an older version`);
  return id;
}

const TIMEOUT_MS = 2000;

/** The certificate is for the name that other machines use, so it is not checked on this machine. */
export function fetchPage(url: string, init: BunFetchRequestInit): Promise<Response> {
  return fetch(url, { tls: { rejectUnauthorized: false }, proxy: false, redirect: "manual", ...init });
}
