/** The configuration as commands that change it see it. */
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { providerNames } from "../config/edit.ts";
import { ConfigError } from "../config/error.ts";
import { findConfigPath, loadConfig, parseConfig } from "../config/load.ts";
import { readText } from "../config/read-file.ts";
import { SAMPLE } from "../config/sample.ts";
import type { Config } from "../config/schema.ts";
import { writeConfig } from "../config/write-file.ts";
import type { Options } from "./args.ts";

export class ConfigFile {
  readonly path: string;
  /** The sample when there is no file yet. */
  readonly text: string;
  readonly #exists: boolean;

  /** Throws `ConfigError` when the file is invalid: a change would not take effect. */
  constructor(options: Options) {
    this.path = resolve(findConfigPath(options.config, process.env));
    this.#exists = existsSync(this.path);
    if (this.#exists) loadConfig(this.path, process.env);
    this.text = this.#exists ? readText(this.path) : SAMPLE;
  }

  get exists(): boolean {
    return this.#exists;
  }

  get providerNames(): readonly string[] {
    return providerNames(this.text);
  }

  /** Writes the file if the text is a valid configuration. Only its owner can read it then. Throws `ConfigError`. */
  replace(text: string): Config {
    const { config } = this.#parse(text);
    if (this.#exists) writeConfig(this.path, text);
    else writeFileSync(this.path, text, { mode: 0o600, flag: "wx" });
    return config;
  }

  #parse(text: string) {
    try {
      return parseConfig(text, this.path, process.env);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ConfigError(`${error.message}\n\nNothing was changed`, { cause: error });
    }
  }
}
