/** Finds the settings files of apps, and the addresses in them. */
import { homedir } from "node:os";
import { join } from "node:path";
import { FileFault, readText } from "../../config/read-file.ts";
import type { App, Folders, SettingsFile } from "./app.ts";
import { APPS } from "./apps.ts";
import { JsoncError, readValue } from "./jsonc.ts";

interface Environment {
  readonly [name: string]: string | undefined;
}

/** Folders of this user, where apps keep their settings. */
export function findFolders(environment: Environment): Folders {
  const home = homedir();
  const configs: { readonly [platform in NodeJS.Platform]?: string } = {
    darwin: join(home, "Library", "Application Support"),
    win32: environment["APPDATA"] ?? join(home, "AppData", "Roaming"),
  };
  return {
    home,
    config: configs[process.platform] ?? (environment["XDG_CONFIG_HOME"] || join(home, ".config")),
    codex: environment["CODEX_HOME"] || join(home, ".codex"),
  };
}

export interface ConfiguredAddress {
  readonly app: App;
  readonly path: string;
  readonly address: string;
}

/** The addresses that apps on this machine use. Files that cannot be read are passed over. */
export function findConfiguredAddresses(environment: Environment): readonly ConfiguredAddress[] {
  const folders = findFolders(environment);
  const context = { url: "", origin: "", key: "", model: "", models: [], folders };
  return APPS.flatMap((app) =>
    app.files(context).flatMap((file) => {
      const address = addressIn(file);
      return address === undefined ? [] : [{ app, path: file.path, address }];
    }),
  );
}

function addressIn(file: SettingsFile): string | undefined {
  if (file.format !== "json" || file.address === undefined) return undefined;
  try {
    const value = readValue(readText(file.path), file.address);
    return typeof value === "string" ? value : undefined;
  } catch (error) {
    if (error instanceof FileFault || error instanceof JsoncError) return undefined;
    throw error;
  }
}
