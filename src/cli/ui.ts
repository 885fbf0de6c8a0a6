/** `ollama-proxy ui`: opens the page of the running program, with a link that works once. */
import { findConfigPath, loadConfig } from "../config/load.ts";
import { historyFolders, pageKeyFile } from "../usage/state-folder.ts";
import { KEY_HEADER, createCode, keyId } from "../ui/session.ts";
import type { Options } from "./args.ts";
import { messageOf, print, printError } from "./console.ts";
import { EXIT } from "./exit-code.ts";

export async function ui(options: Options): Promise<number> {
  const { config } = loadConfig(findConfigPath(options.config, process.env), process.env);
  const url = `${config.tls === undefined ? "http" : "https"}://127.0.0.1:${config.port}/ui/`;
  const found = await findKeyId(url);
  if ("problem" in found) {
    printError(`Cannot open the page at ${url}: ${found.problem}`);
    return EXIT.failure;
  }
  const keyPaths = historyFolders(process.env, process.platform).map(pageKeyFile);
  const keyPath = keyPaths.find((path) => keyId(path) === found.id);
  if (keyPath === undefined) {
    printError(
      `Cannot open the page at ${url}: the program there runs as another user, or with another home directory`,
    );
    return EXIT.failure;
  }
  const link = `${url}enter?code=${createCode(keyPath, Date.now())}`;
  print(`${link}\nThe link works once, for two minutes.`);
  if (options.flags["print"] === undefined) openInBrowser(link);
  return EXIT.ok;
}

/** Which key file the running program uses. */
async function findKeyId(url: string): Promise<{ readonly id: string } | { readonly problem: string }> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      // The certificate is for the name that other machines use.
      tls: { rejectUnauthorized: false },
      proxy: false,
    });
    const id = response.headers.get(KEY_HEADER);
    return id === null ? { problem: "the program there is another one, or an older version" } : { id };
  } catch (error) {
    const isRefused = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
    return {
      problem: isRefused ? "no program is listening there; start it with: ollama-proxy" : messageOf(error),
    };
  }
}

const TIMEOUT_MS = 2000;

const OPENERS: { readonly [platform: string]: readonly string[] } = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
  linux: ["xdg-open"],
};

/** A machine without a browser has none of these commands; then the printed link is all there is. */
function openInBrowser(link: string): void {
  const [command, ...words] = OPENERS[process.platform] ?? [];
  if (command === undefined || Bun.which(command) === null) return;
  Bun.spawn([command, ...words, link], { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).unref();
}
