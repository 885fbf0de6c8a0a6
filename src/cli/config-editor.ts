/** The configuration as the page edits it. */
import { existsSync, writeFileSync } from "node:fs";
import { ConfigError } from "../config/error.ts";
import { parseConfig } from "../config/load.ts";
import { readText } from "../config/read-file.ts";
import { SAMPLE } from "../config/sample.ts";
import { writeConfig } from "../config/write-file.ts";
import type { ConfigEditor } from "../ui/ui.ts";
import { messageOf } from "./console.ts";

/** `path` is the file that the running program reads. */
export function createConfigEditor(path: string): ConfigEditor {
  const read = (): string => (existsSync(path) ? readText(path) : SAMPLE);
  return {
    path,
    read,
    save(text, before) {
      if (read() !== before) return "The file was changed in the meantime; load it again";
      try {
        parseConfig(text, path, process.env);
        if (existsSync(path)) writeConfig(path, text);
        else writeFileSync(path, text, { mode: 0o600, flag: "wx" });
        return undefined;
      } catch (error) {
        return error instanceof ConfigError ? error.message : `Cannot write the file: ${messageOf(error)}`;
      }
    },
  };
}
