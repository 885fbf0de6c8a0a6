/** Shows the settings of an app, and writes them into its file. */
import { copyFileSync, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { addItem, EditError, setText } from "../../config/edit.ts";
import { readText } from "../../config/read-file.ts";
import type { SettingsFile, YamlSetting } from "./app.ts";
import { readValue, setValue } from "./jsonc.ts";

/** The content of the file with the settings. Throws an `Error` for the user when the file has another form. */
function applySettings(file: SettingsFile, text: string): string {
  if (file.format === "text") return file.text;
  if (file.format === "json") {
    const start = text.trim() === "" ? file.empty : text;
    return file.settings.reduce(
      (edited, { steps, value, isInitial }) =>
        isInitial === true && readValue(edited, steps) !== undefined
          ? edited
          : setValue(edited, steps, value),
      start,
    );
  }
  const start = text.trim() === "" ? file.empty : text;
  return file.settings.reduce(applyYaml, start);
}

function applyYaml(text: string, setting: YamlSetting): string {
  if (setting.type === "text") return setText(text, setting.key, setting.value);
  const name = typeof setting.item === "string" ? undefined : String(setting.item["name"]);
  if (name !== undefined && text.includes(`name: ${name}\n`))
    throw new EditError(`it has an entry "${name}" already, with other settings`);
  return addItem(text, setting.list, setting.item);
}

/** The settings as they stand in a file that has nothing else. */
export function showSettings(file: SettingsFile): string {
  return applySettings(file, "").trimEnd();
}

export interface Written {
  readonly change: "unchanged" | "created" | "changed";
  /** The copy of the file as it was before. */
  readonly backup: string | undefined;
}

/** Throws an `Error` for the user. Then the file is unchanged. */
export function writeSettings(file: SettingsFile): Written {
  const { path } = file;
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    // The settings may contain a key of the proxy.
    writeFileSync(path, applySettings(file, ""), { mode: 0o600, flag: "wx" });
    return { change: "created", backup: undefined };
  }
  const target = realpathSync(path);
  const text = readText(target);
  if (isPresent(file, text)) return { change: "unchanged", backup: undefined };
  const edited = applySettings(file, text);
  const backup = freePath(target);
  copyFileSync(target, backup);
  writeFileSync(target, edited);
  return { change: "changed", backup };
}

/** Whether the file has all the settings already. */
function isPresent(file: SettingsFile, text: string): boolean {
  // An item of a list would be added again.
  if (file.format === "yaml")
    return file.settings.every((setting) =>
      setting.type === "text"
        ? setText(text, setting.key, setting.value) === text
        : text.includes(typeof setting.item === "string" ? setting.item : String(setting.item["apiBase"])),
    );
  return applySettings(file, text) === text;
}

function freePath(path: string): string {
  for (let number = 1; ; number++) {
    const backup = number === 1 ? `${path}.backup` : `${path}.backup-${number}`;
    if (!existsSync(backup)) return backup;
  }
}
