/** What the table of apps consists of. */
import type { Step } from "./jsonc.ts";

/** What the settings of an app contain. */
export interface AppContext {
  /** The address for clients of Ollama's API. It contains a key if the proxy requires one. */
  readonly url: string;
  /** The address without a key, for clients that have a setting for the key. */
  readonly origin: string;
  /** A key of the proxy, or any word when it requires none. */
  readonly key: string;
  /** The model that an app uses first, as apps see it. */
  readonly model: string;
  readonly models: readonly string[];
  readonly folders: Folders;
}

export interface Folders {
  readonly home: string;
  /** `~/.config`, or the folder that the system has for it. */
  readonly config: string;
  /** The value of `CODEX_HOME`, or its default. */
  readonly codex: string;
}

interface JsonSetting {
  readonly steps: readonly Step[];
  readonly value: unknown;
  /** An existing value stays. */
  readonly isInitial?: boolean;
}

export type YamlSetting =
  /** A text of the top level. */
  | { readonly type: "text"; readonly key: string; readonly value: string }
  /** An item of a list of the top level. */
  | {
      readonly type: "item";
      readonly list: string;
      readonly item: { readonly [key: string]: unknown } | string;
    };

export type SettingsFile =
  | {
      readonly format: "json";
      readonly path: string;
      readonly settings: readonly JsonSetting[];
      /** The content of a file that does not exist yet. */
      readonly empty: string;
      /** The place of the address, by which `doctor` finds that the app uses another one. */
      readonly address?: readonly Step[];
    }
  | {
      readonly format: "yaml";
      readonly path: string;
      readonly settings: readonly YamlSetting[];
      readonly empty: string;
    }
  /** A file that belongs to this program. */
  | { readonly format: "text"; readonly path: string; readonly text: string };

export interface App {
  readonly name: string;
  readonly title: string;
  readonly files: (context: AppContext) => readonly SettingsFile[];
  /** What the user does in the app, one line each. */
  readonly steps: (context: AppContext) => readonly string[];
}
