/** A file and the environment become a `Config`, or one error that tells everything that is wrong. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { findSyntaxProblems, locate, readDocument, toValue } from "./document.ts";
import { ConfigError, createConfigError, describe, type Problem, type Source } from "./error.ts";
import { maskSecrets } from "./mask.ts";
import { directoryOf, type Environment, explain, homeOf, resolveReferences } from "./references.ts";
import { type Config, configSchema } from "./schema.ts";
import { hasPlaceholderPort } from "./values.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** One line each; nothing in them keeps the program from running. */
  readonly warnings: readonly string[];
}

/** `flag` is what `--config` said. */
export function findConfigPath(flag: string | undefined, environment: Environment): string {
  return flag ?? (environment["OLLAMA_PROXY_CONFIG"] || join(homeOf(environment), "ollama-proxy.yaml"));
}

/** Throws `ConfigError`. */
export function loadConfig(path: string, environment: Environment): LoadedConfig {
  const { config, warnings } = parseConfig(readText(path), path, environment);
  const holdsSecret = config.providers.some((provider) => provider.secret !== undefined);
  const isOpen = process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0;
  if (!holdsSecret || !isOpen) return { config, warnings };
  return {
    config,
    warnings: [...warnings, `Others on this machine can read "${path}"; run: chmod 600 "${path}"`],
  };
}

/** `path` is only named in messages, and files named in the text are relative to it. Throws `ConfigError`. */
export function parseConfig(text: string, path: string, environment: Environment): LoadedConfig {
  const document = readDocument(text);
  const source: Source = { file: path, shown: maskSecrets(text, document) };
  const syntaxProblems = findSyntaxProblems(document);
  if (syntaxProblems.length > 0) throw createConfigError(source, syntaxProblems);

  const unresolved = resolveReferences(document, directoryOf(path), environment);
  const problems: Problem[] = [...unresolved];
  const result = v.safeParse(configSchema, toValue(document) ?? {});
  for (const issue of result.issues ?? []) {
    const steps = issue.path ?? [];
    const part = steps.at(-1)?.origin === "key" ? "key" : "value";
    const offset = locate(
      document,
      steps.map((step) => step.key),
      part,
    );
    // A value that could not be resolved has its problem already.
    if (!unresolved.some((known) => known.offset === offset))
      problems.push({ offset, message: issue.message });
  }
  if (!result.success || problems.length > 0) throw createConfigError(source, problems);

  const warnings = result.output.providers.flatMap((provider, index) => {
    if (!hasPlaceholderPort(provider.url)) return [];
    const offset = locate(document, ["providers", index, "url"], "value");
    const message = `Expected a number in place of \`:port\`; provider "${provider.name}" cannot be reached until then`;
    return [describe(source, { offset, message })];
  });
  return { config: result.output, warnings };
}

function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new ConfigError(`Cannot read the configuration "${path}": ${explain(error)}`, { cause: error });
  }
  // Windows' old Notepad saves UTF-16 with a byte order mark; decoders drop the mark.
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError(`Cannot read the configuration "${path}": save it as UTF-8 text`, { cause: error });
  }
}
