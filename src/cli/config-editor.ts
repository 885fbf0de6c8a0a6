/** The configuration as the page edits it. */
import { existsSync, writeFileSync } from "node:fs";
import { ConfigError } from "../config/error.ts";
import { parseConfig } from "../config/load.ts";
import { readText } from "../config/read-file.ts";
import { SAMPLE } from "../config/sample.ts";
import { findSecretCommands } from "../config/secret-command.ts";
import { writeConfig } from "../config/write-file.ts";
import type { ConfigEditor } from "../ui/ui.ts";
import { messageOf } from "./console.ts";

/**
 * Everything in a configuration but its commands only concerns this program, so the page may change it.
 * `path` is the file that the running program reads.
 */
export function createConfigEditor(path: string): ConfigEditor {
  const read = (): string => (existsSync(path) ? readText(path) : SAMPLE);
  return {
    path,
    read,
    save(text, before) {
      if (read() !== before) return "The file was changed in the meantime; load it again";
      try {
        parseConfig(text, path, process.env);
        const known = new Set(findSecretCommands(before));
        if (findSecretCommands(text).some((command) => !known.has(command)))
          return "This page cannot add or change a `secret_command`, because it runs a program; edit the file itself";
        if (existsSync(path)) writeConfig(path, text);
        else writeFileSync(path, text, { mode: 0o600, flag: "wx" });
        return undefined;
      } catch (error) {
        return error instanceof ConfigError ? error.message : `Cannot write the file: ${messageOf(error)}`;
      }
    },
  };
}
