/** A file and the environment become a `Config`, or one error that tells everything that is wrong. */
import { join } from "node:path";
import type { Document } from "yaml";
import * as v from "valibot";
import { findLookalikeBlank } from "./blanks.ts";
import { findSyntaxProblems, locate, readDocument, toValue } from "./document.ts";
import { ConfigError, createConfigError, describe, type Problem, type Source } from "./error.ts";
import { findExcess } from "./extent.ts";
import { isMapping } from "./fields.ts";
import { replaceFormerNames } from "./former-names.ts";
import { maskSecrets } from "./mask.ts";
import { findExposure } from "./permissions.ts";
import { FileFault, readText } from "./read-file.ts";
import {
  directoryOf,
  type Environment,
  homeOf,
  type ProviderReferences,
  type References,
  resolveReferences,
} from "./references.ts";
import { type Config, configSchema, type DisabledProvider, type ProviderConfig } from "./schema.ts";
import { hasPlaceholderPort } from "./values.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** One line each; nothing in them keeps the program from running. */
  readonly warnings: readonly string[];
}

/** `flag` is what `--config` said. Throws `ConfigError` when there is no home directory to look in. */
export function findConfigPath(flag: string | undefined, environment: Environment): string {
  return namedPath(flag, environment) ?? join(homeOf(environment), "ollama-proxy.yaml");
}

/** Whether somebody named the file, so that it must be there. */
export function isNamedPath(flag: string | undefined, environment: Environment): boolean {
  return namedPath(flag, environment) !== undefined;
}

function namedPath(flag: string | undefined, environment: Environment): string | undefined {
  return flag ?? (environment["OLLAMA_PROXY_CONFIG"] || undefined);
}

/** Throws `ConfigError`. */
export function loadConfig(path: string, environment: Environment): LoadedConfig {
  const { config, warnings, references } = interpret(readConfig(path), path, environment);
  const holdsSecret = references.holdsApiKey || references.providers.some((provider) => provider.holdsSecret);
  const keyFiles = [...config.apiKeys, ...config.providers].flatMap(({ secretFile }) => secretFile ?? []);
  const exposures = [...(holdsSecret ? [path] : []), ...new Set(keyFiles)].flatMap(
    (file) => findExposure(file) ?? [],
  );
  return { config, warnings: [...warnings, ...exposures] };
}

/** `path` is only named in messages, and files named in the text are relative to it. Throws `ConfigError`. */
export function parseConfig(text: string, path: string, environment: Environment): LoadedConfig {
  const { config, warnings } = interpret(text, path, environment);
  return { config, warnings };
}

function readConfig(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    const step =
      error.message === "it does not exist"
        ? `; to write a sample, run: ollama-proxy init --config "${path}"`
        : "";
    throw new ConfigError(`Cannot read the configuration "${path}": ${error.message}${step}`, {
      cause: error,
    });
  }
}

interface Interpretation extends LoadedConfig {
  readonly references: References;
}

function interpret(text: string, path: string, environment: Environment): Interpretation {
  const excess = findExcess(text);
  // What is not read may hold a secret anywhere.
  if (excess !== undefined)
    throw createConfigError({ file: path, shown: text.replaceAll(/\S/g, "*") }, [excess]);
  const document = readDocument(text);
  const source: Source = { file: path, shown: maskSecrets(text, document) };
  const syntaxProblems = findSyntaxProblems(document);
  if (syntaxProblems.length > 0) throw explainFaults(source, text, syntaxProblems);

  const references = resolveReferences(document, directoryOf(path), environment);
  const { hints, conflicts } = replaceFormerNames(document);
  const value = toValue(document) ?? {};
  const problems = findProblems(document, value, references, conflicts);
  if (problems.length > 0) throw explainFaults(source, text, problems);

  const disabled = findDisabled(source, value, references.providers);
  const result = v.safeParse(configSchema, withoutDisabled(value, references.providers));
  if (!result.success)
    throw new ConfigError("Cannot use the configuration: a problem has no position in the file");
  const warnings = [
    ...hints.map((hint) => describe(source, hint)),
    ...disabled.map(({ warning }) => warning),
    ...findPlaceholderPorts(source, document, result.output.providers),
  ];
  return {
    config: { ...result.output, disabled: disabled.map(({ provider }) => provider) },
    warnings,
    references,
  };
}

/** Everything after a character that only looks like a blank is read wrongly, so it is told alone. */
function explainFaults(source: Source, text: string, problems: readonly Problem[]): ConfigError {
  const lookalike = findLookalikeBlank(text);
  return createConfigError(source, lookalike === undefined ? problems : [lookalike]);
}

/** Everything that keeps the configuration from being used; with it, what would only disable single providers. */
function findProblems(
  document: Document,
  value: unknown,
  references: References,
  conflicts: readonly Problem[],
): readonly Problem[] {
  const missing = references.providers.flatMap((provider) => provider.missing);
  const fatal = [...references.problems, ...references.missing.map(sentence), ...conflicts];
  const unresolved = [...fatal, ...missing];
  const problems: Problem[] = [...fatal];
  for (const issue of v.safeParse(configSchema, value).issues ?? []) {
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
  if (problems.length === 0) return problems;
  const others = new Map(missing.map((problem) => [problem.offset, sentence(problem)]));
  return [...problems, ...others.values()];
}

function sentence({ offset, message }: Problem): Problem {
  return { offset, message: message.slice(0, 1).toUpperCase() + message.slice(1) };
}

interface Disabled {
  readonly provider: DisabledProvider;
  readonly warning: string;
}

function findDisabled(
  source: Source,
  value: unknown,
  providers: readonly ProviderReferences[],
): readonly Disabled[] {
  return providers.flatMap(({ missing }, index): readonly Disabled[] => {
    const [first] = missing;
    const entry = entriesOf(value)[index];
    if (first === undefined || !isMapping(entry)) return [];
    const name = String(entry["name"]).trim();
    const provider = { name, models: modelNamesOf(entry), reason: first.message };
    const message = `Provider "${name}" is disabled: ${first.message}`;
    return [{ provider, warning: describe(source, { offset: first.offset, message }) }];
  });
}

function entriesOf(value: unknown): readonly unknown[] {
  return isMapping(value) && Array.isArray(value["providers"]) ? value["providers"] : [];
}

function modelNamesOf(entry: { readonly [key: string]: unknown }): readonly string[] {
  const models: readonly unknown[] = Array.isArray(entry["models"]) ? entry["models"] : [];
  return models.map((model) => String(isMapping(model) ? model["name"] : model).trim());
}

function withoutDisabled(value: unknown, providers: readonly ProviderReferences[]): unknown {
  if (!isMapping(value) || providers.every(({ missing }) => missing.length === 0)) return value;
  return {
    ...value,
    providers: entriesOf(value).filter((_, index) => providers[index]?.missing.length === 0),
  };
}

function findPlaceholderPorts(
  source: Source,
  document: Document,
  providers: readonly ProviderConfig[],
): readonly string[] {
  const entries = entriesOf(toValue(document));
  return providers.flatMap(({ name, url }) => {
    if (!hasPlaceholderPort(url)) return [];
    const index = entries.findIndex((entry) => isMapping(entry) && String(entry["name"]).trim() === name);
    const offset = locate(document, ["providers", index, "url"], "value");
    const message = `Expected a number instead of \`:port\`; without it, provider "${name}" cannot be reached`;
    return [describe(source, { offset, message })];
  });
}
