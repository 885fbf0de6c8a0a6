/** Examines the configuration: whether it can be used, and who can read it and the key files. */
import { existsSync } from "node:fs";
import { ConfigError } from "../../config/error.ts";
import { type LoadedConfig, loadConfig } from "../../config/load.ts";
import { findExposure } from "../../config/permissions.ts";
import { failed, type Finding, info, ok, type Section, warning } from "./finding.ts";

interface Environment {
  readonly [name: string]: string | undefined;
}

export interface Examined {
  readonly section: Section;
  /** Undefined when the file cannot be used. */
  readonly loaded: LoadedConfig | undefined;
}

export function examineFiles(path: string, environment: Environment): Examined {
  const title = `Configuration  ${path}`;
  if (!existsSync(path)) {
    const finding = failed("file", "it does not exist", "ollama-proxy add, or: ollama-proxy init");
    return { section: { title, findings: [finding] }, loaded: undefined };
  }
  try {
    const loaded = loadConfig(path, environment);
    return { section: { title, findings: describe(path, loaded) }, loaded };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const finding = failed(
      "file",
      error.message,
      `ollama-proxy config edit (${firstPlace(error.message, path)})`,
    );
    return { section: { title, findings: [finding] }, loaded: undefined };
  }
}

function describe(path: string, { config, warnings }: LoadedConfig): readonly Finding[] {
  const { providers, disabled } = config;
  const amount = providers.length + disabled.length;
  const content =
    amount === 0 && !config.auto
      ? failed("file", "it is valid, but it has no provider", "ollama-proxy add")
      : ok("file", `it is valid and has ${amount} ${amount === 1 ? "provider" : "providers"}`);
  const keyFiles = new Set([...config.apiKeys, ...providers].flatMap(({ secretFile }) => secretFile ?? []));
  // Access has findings of its own, and a disabled provider a section.
  const others = warnings.filter(
    (text) => !text.startsWith("Other users of this machine can") && !text.includes(" is disabled: "),
  );
  return [
    content,
    ...others.map((text) => warning("file", text, `ollama-proxy config edit (${firstPlace(text, path)})`)),
    describeAccess("access", path),
    ...[...keyFiles].map((file) => describeAccess("key file", file)),
  ];
}

function describeAccess(check: string, path: string): Finding {
  if (process.platform === "win32")
    return info(check, `${path}: to see who can read it, run: icacls "${path}"`);
  const exposure = findExposure(path);
  if (exposure === undefined) return ok(check, `other users cannot read ${path}`);
  const [text = exposure, command = ""] = exposure.split("; to prevent this, run: ");
  return failed(check, text, command);
}

/** The first `FILE:LINE` in a message. */
function firstPlace(message: string, path: string): string {
  const start = message.indexOf(`${path}:`);
  const line = start === -1 ? undefined : /^\d+/.exec(message.slice(start + path.length + 1))?.[0];
  return line === undefined ? path : `${path}:${line}`;
}
