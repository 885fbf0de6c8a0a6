/** Loads a `Config` from a file and the environment, or throws one error that lists every problem. */
import { join } from "node:path";
import type { Document } from "yaml";
import * as v from "valibot";
import { findLookalikeBlank } from "./blanks.ts";
import { findSyntaxProblems, locate, readDocument, toValue } from "./document.ts";
import { ConfigError, createConfigError, describe, type Problem, type Source } from "./error.ts";
import { findExcess } from "./extent.ts";
import { isMapping } from "./fields.ts";
import { type Alias, type AliasProblem, resolveAliases } from "./alias-use.ts";
import { replaceFormerNames } from "./former-names.ts";
import { findKeyPlaces } from "./key-place.ts";
import { findLayoutFault } from "./layout.ts";
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
  /** One line each. The program runs in spite of them. */
  readonly warnings: readonly string[];
}

/** `flag` is the value of `--config`. Throws `ConfigError` when the home directory is unknown. */
export function findConfigPath(flag: string | undefined, environment: Environment): string {
  return namedPath(flag, environment) ?? join(homeOf(environment), "ollama-proxy.yaml");
}

/** Whether the user named the file. It must then exist. */
export function isNamedPath(flag: string | undefined, environment: Environment): boolean {
  return namedPath(flag, environment) !== undefined;
}

function namedPath(flag: string | undefined, environment: Environment): string | undefined {
  return flag ?? (environment["OLLAMA_PROXY_CONFIG"] || undefined);
}

/** Throws `ConfigError`. */
export function loadConfig(path: string, environment: Environment): LoadedConfig {
  const text = readConfig(path);
  const { config, warnings, references } = interpret(text, path, environment);
  const holdsSecret = references.holdsApiKey || references.providers.some((provider) => provider.holdsSecret);
  const keyFiles = [...config.apiKeys, ...config.providers].flatMap(({ secretFile }) => secretFile ?? []);
  const exposures = [...(holdsSecret ? [path] : []), ...new Set(keyFiles)].flatMap(
    (file) => findExposure(file) ?? [],
  );
  const places = findKeyPlaces(text, path);
  const providers = config.providers.map((provider) => ({
    ...provider,
    keyPlace: places.get(provider.name),
  }));
  return { config: { ...config, providers }, warnings: [...warnings, ...exposures] };
}

/** `path` is not read: it is used in messages, and relative paths in the text start at its directory. Throws `ConfigError`. */
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
  // The text is not parsed, so a secret may be anywhere in it.
  if (excess !== undefined)
    throw createConfigError({ file: path, shown: text.replaceAll(/\S/g, "*") }, [excess]);
  const document = readDocument(text);
  const source: Source = { file: path, shown: maskSecrets(text, document) };
  const syntaxProblems = findSyntaxProblems(document);
  if (syntaxProblems.length > 0) throw explainFaults(source, text, nameSyntaxProblem(text, syntaxProblems));

  const references = resolveReferences(document, directoryOf(path), environment);
  const { hints, conflicts } = replaceFormerNames(document);
  const value = toValue(document) ?? {};
  const problems = findProblems(document, value, references, conflicts);
  // A single text instead of a mapping lacks a colon or a space.
  if (!isMapping(value)) throw explainFaults(source, text, nameSyntaxProblem(text, problems));
  if (problems.length > 0) throw explainFaults(source, text, problems);

  const disabled = findDisabled(source, value, references.providers);
  const result = v.safeParse(configSchema, withoutDisabled(value, references.providers));
  if (!result.success)
    throw new ConfigError("Cannot use the configuration: a problem has no position in the file");
  const { models: entries, ...settings } = result.output;
  const { aliases, problems: aliasProblems } = resolveAliases(
    entries,
    settings.providers,
    disabled.map(({ provider }) => provider),
  );
  if (aliasProblems.length > 0)
    throw explainFaults(
      source,
      text,
      aliasProblems.map((problem) => placeInUse(document, problem)),
    );
  const warnings = [
    ...hints.map((hint) => describe(source, hint)),
    ...disabled.map(({ warning }) => warning),
    ...findPlaceholderPorts(source, document, result.output.providers),
  ];
  return {
    config: {
      ...settings,
      aliases: aliases.filter(({ candidates }) => candidates.length > 0),
      disabled: disabled.map(({ provider }) => withAliases(provider, aliases)),
    },
    warnings,
    references,
  };
}

function placeInUse(document: Document, { index, position, message }: AliasProblem): Problem {
  return { offset: locate(document, ["models", index, "use", position], "value"), message };
}

/** An alias that only has models of disabled providers is explained like the models of the first one. */
function withAliases(provider: DisabledProvider, aliases: readonly Alias[]): DisabledProvider {
  const names = aliases.filter(({ disabledBy }) => disabledBy === provider.name).map(({ name }) => name);
  return { ...provider, models: [...provider.models, ...names] };
}

/** Replaces the parser's problem by the mistake that causes it. The parser stops at the mistake or on a line next to it. */
function nameSyntaxProblem(text: string, problems: readonly Problem[]): readonly Problem[] {
  const mistake = findLayoutFault(text);
  const stoppedAt = text.indexOf("\n", Math.max(...problems.map(({ offset }) => offset)) + 1);
  const isNear = stoppedAt === -1 || (mistake?.offset ?? 0) <= nextLineEnd(text, stoppedAt);
  return mistake === undefined || !isNear ? problems : [mistake];
}

function nextLineEnd(text: string, lineEnd: number): number {
  const end = text.indexOf("\n", lineEnd + 1);
  return end === -1 ? text.length : end;
}

/** A character that only looks like a space causes further problems after it, so it is reported alone. */
function explainFaults(source: Source, text: string, problems: readonly Problem[]): ConfigError {
  const lookalike = findLookalikeBlank(text);
  return createConfigError(source, lookalike === undefined ? problems : [lookalike]);
}

/** The problems that make the configuration unusable. If there are any, the problems of single providers are added. */
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
  for (const issue of withoutConsequences(v.safeParse(configSchema, value).issues ?? [])) {
    const steps = issue.path ?? [];
    const part = steps.at(-1)?.origin === "key" ? "key" : "value";
    const offset = locate(
      document,
      steps.map((step) => step.key),
      part,
    );
    // A value that could not be resolved already has a problem.
    if (!unresolved.some((known) => known.offset === offset))
      problems.push({ offset, message: issue.message });
  }
  if (problems.length === 0) return problems;
  const others = new Map(missing.map((problem) => [problem.offset, sentence(problem)]));
  return [...problems, ...others.values()];
}

/** A key under another program's name is reported once, as an unknown key, and not also as a missing key. */
function withoutConsequences<const Issue extends v.BaseIssue<unknown>>(
  issues: readonly Issue[],
): readonly Issue[] {
  const placeOf = ({ path }: Issue, last?: string): string => {
    const keys = (path ?? []).map(({ key }) => String(key));
    return (last === undefined ? keys : [...keys.slice(0, -1), last]).join("\0");
  };
  const misnamed = new Set(
    issues.flatMap((issue) => {
      const name = /^Unknown key .*, did you mean `(\w+)`\?$/.exec(issue.message)?.[1];
      return name === undefined ? [] : [placeOf(issue, name)];
    }),
  );
  return issues.filter(
    (issue) => !(issue.message.startsWith("Expected the key") && misnamed.has(placeOf(issue))),
  );
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
