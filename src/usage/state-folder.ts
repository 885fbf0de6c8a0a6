/** The folder of the data that the program keeps between starts. */
import { join } from "node:path";

type Environment = { readonly [name: string]: string | undefined };

const NAME = "ollama-proxy";

/**
 * The folder for this user, which may not exist yet. Undefined when the environment names no home directory: then nothing is kept.
 *
 * systemd sets `STATE_DIRECTORY` for a unit with `StateDirectory=`. Several folders are separated by colons (systemd.exec(5)).
 */
export function stateFolder(env: Environment, platform: string): string | undefined {
  const [given] = (env["STATE_DIRECTORY"] ?? "").split(":");
  if (given) return given;
  if (platform === "win32") return within(env["LOCALAPPDATA"], NAME);
  const home = env["HOME"];
  if (platform === "darwin") return within(home, "Library", "Application Support", NAME);
  // A relative path is not allowed there (XDG Base Directory Specification).
  const xdg = env["XDG_STATE_HOME"];
  return xdg?.startsWith("/") === true ? join(xdg, NAME) : within(home, ".local", "state", NAME);
}

function within(base: string | undefined, ...parts: readonly string[]): string | undefined {
  return base === undefined || base === "" ? undefined : join(base, ...parts);
}

/**
 * The folders in which the history of this user may be: the user's own, and that of a system service that runs as this user.
 * The service `ollama-proxy@alice` has a folder of its own.
 */
export function historyFolders(env: Environment, platform: string): readonly string[] {
  const user = env["USER"] ?? env["LOGNAME"];
  const service = platform === "linux" && user ? [`/var/lib/${NAME}/${user}`] : [];
  const own = stateFolder(env, platform);
  return own === undefined ? service : [own, ...service];
}

/** The file of the history in a state folder. */
export function historyFile(folder: string): string {
  return join(folder, "usage.sqlite");
}

/** The file of the key that signs the sessions of the page. */
export function pageKeyFile(folder: string): string {
  return join(folder, "page.key");
}
