/**
 * Puts into a parsed document what it only refers to: `${VARIABLES}`, key files, paths.
 *
 * This happens after parsing, so a variable may hold any character, and in the document itself,
 * so a fault found later in such a value still has its place in the file.
 */
import { dirname, isAbsolute, join, resolve } from "node:path";
import { type Document, isMap, isPair, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from "yaml";
import { checkCertificates } from "./certificate.ts";
import { CertificateError, readCertificate } from "./certificate-pair.ts";
import { findPair, resolveAlias } from "./document.ts";
import { ConfigError, type Problem } from "./error.ts";
import { readKey } from "./key-file.ts";
import { findBadReference, findKeyMistake } from "./key-mistake.ts";
import { isKeyLike, isPathLike } from "./key-like.ts";
import { FileFault } from "./read-file.ts";
import { isCredentialName } from "./values.ts";

export interface Environment {
  readonly [name: string]: string | undefined;
}

export interface References {
  /** What makes the whole configuration unusable. */
  readonly problems: readonly Problem[];
  /** What is missing of keys for clients and of the certificate, which makes it unusable too; the end of a sentence. */
  readonly missing: readonly Problem[];
  /** Of each provider in the order of the file. */
  readonly providers: readonly ProviderReferences[];
  /** Whether a client's key stands in the text itself. */
  readonly holdsApiKey: boolean;
}

export interface ProviderReferences {
  /** What disables this provider alone; messages are the end of a sentence. */
  readonly missing: readonly Problem[];
  /** Whether a credential stands in the text itself, and not only the name of a variable or file. */
  readonly holdsSecret: boolean;
}

/** Predecessor's rule: what is text stays as written, so the model `4.10` is not the number 4.1. */
export const TEXTS: readonly string[] = ["name", "url", "secret", "secret_file", "ca_file"];
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** A user or password in a URL, or a parameter that is a key. */
const URL_CREDENTIAL = /:\/\/[^/@]{1,500}@|[?&][^=&?]{0,100}(?:key|token|secret)[^=&?]{0,100}=[^&]/i;
/** A merged mapping may merge others; honest files do not go deeper. */
const MOST_MERGES = 8;

/** Edits `document`. `directory` is what paths in it are relative to. */
export function resolveReferences(
  document: Document,
  directory: string,
  environment: Environment,
): References {
  const resolver = new Resolver(document, directory, environment);
  const root = document.contents;
  const find = (key: string): unknown =>
    resolveAlias(document, isMap(root) ? root.get(key, true) : undefined);
  // A client's key is told in the same ways as a provider's.
  const [providers = [], apiKeys = []] = ["providers", "api_keys"].map((key) => {
    const list = find(key);
    return (isSeq(list) ? list.items : []).map((item): ProviderReferences => {
      const entry = resolveAlias(document, item);
      return isMap(entry) ? resolver.resolveProvider(entry) : NOTHING;
    });
  });
  const tls = find("tls");
  const missing = [
    ...apiKeys.flatMap((key) => key.missing),
    ...(isMap(tls) ? resolver.resolveCertificate(tls) : []),
  ];
  const holdsApiKey = apiKeys.some((key) => key.holdsSecret);
  return { problems: resolver.problems, missing, providers, holdsApiKey };
}

const NOTHING: ProviderReferences = { missing: [], holdsSecret: false };

/** What was found in one value before its variables were replaced. */
interface Reading {
  readonly missing: Problem | undefined;
  readonly hasVariable: boolean;
  readonly written: string;
}

class Resolver {
  readonly problems: Problem[] = [];
  readonly #document: Document;
  readonly #directory: string;
  readonly #environment: Environment;
  /** An anchored value is met once per use, but must not be expanded twice. */
  readonly #readings = new Map<Scalar, Reading>();
  readonly #resolved = new Map<YAMLMap, ProviderReferences>();

  constructor(document: Document, directory: string, environment: Environment) {
    this.#document = document;
    this.#directory = directory;
    this.#environment = environment;
  }

  resolveProvider(provider: YAMLMap): ProviderReferences {
    const known = this.#resolved.get(provider);
    if (known !== undefined) return known;
    for (const key of TEXTS) this.#text(this.#find(provider, key));
    this.#readModelNames(provider);
    const url = this.#expand(this.#find(provider, "url"), findBadReference);
    const secret = this.#expand(this.#find(provider, "secret"), findKeyMistake);
    const files = ["secret_file", "ca_file"].map((key) =>
      this.#expand(this.#find(provider, key), findBadReference),
    );
    const parameters = ["headers", "query"]
      .flatMap((key) => this.#pairs(provider, key))
      .map((pair) => ({ pair, reading: this.#expand(pair.value, findKeyMistake) }));
    const readings = [url, secret, ...files, ...parameters.map(({ reading }) => reading)];
    const resolved: ProviderReferences = {
      missing: readings.flatMap((reading) => reading?.missing ?? []),
      holdsSecret:
        isLiteral(secret) ||
        (isLiteral(url) && URL_CREDENTIAL.test(url.written)) ||
        parameters.some(({ pair, reading }) => isCredentialName(String(pair.key)) && isLiteral(reading)),
    };
    this.#resolved.set(provider, resolved);
    const [secretFile, caFile] = files;
    if (secretFile?.missing === undefined) this.#readSecretFile(provider);
    if (caFile?.missing === undefined) this.#findCaFile(provider);
    return resolved;
  }

  /** What is missing. The files are read anew by whoever listens, so they only must be right. */
  resolveCertificate(tls: YAMLMap): readonly Problem[] {
    const scalars = ["cert_file", "key_file"].map((key) => this.#text(this.#find(tls, key)));
    const missing = scalars.flatMap((scalar) => this.#expand(scalar, findBadReference)?.missing ?? []);
    const [certificate, key] = scalars;
    if (certificate === undefined || key === undefined || missing.length > 0) return missing;
    certificate.value = this.#path(certificate.value);
    key.value = this.#path(key.value);
    try {
      readCertificate({ certFile: certificate.value, keyFile: key.value });
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      this.#report(error.part === "certificate" ? certificate : key, error.message);
    }
    return missing;
  }

  #readModelNames(provider: YAMLMap): void {
    const models = resolveAlias(this.#document, this.#find(provider, "models"));
    for (const item of isSeq(models) ? models.items : []) {
      const model = resolveAlias(this.#document, item);
      this.#text(isMap(model) ? findPair(model, "name")?.value : model);
    }
  }

  /** The value of a key, its own or merged. */
  #find(map: YAMLMap, key: string, depth = 0): unknown {
    const own = findPair(map, key);
    if (own !== undefined || depth === MOST_MERGES) return own?.value;
    const merged = resolveAlias(this.#document, findPair(map, "<<")?.value);
    for (const item of isSeq(merged) ? merged.items : [merged]) {
      const base = resolveAlias(this.#document, item);
      const value = isMap(base) ? this.#find(base, key, depth + 1) : undefined;
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #pairs(provider: YAMLMap, key: string): readonly Pair[] {
    const map = resolveAlias(this.#document, this.#find(provider, key));
    return isMap(map) ? map.items.filter((pair) => isPair(pair)) : [];
  }

  /** The scalar of a place that holds text: a number or a boolean there becomes the letters it was written with. */
  #text(node: unknown): Scalar<string> | undefined {
    const scalar = resolveAlias(this.#document, node);
    if (!isScalar(scalar)) return undefined;
    if (typeof scalar.value === "number" || typeof scalar.value === "boolean") {
      scalar.value = scalar.source ?? String(scalar.value);
    }
    return isText(scalar) ? scalar : undefined;
  }

  /** Replaces the variables of a value; `findMistake` tells what else is wrong with it. */
  #expand(node: unknown, findMistake: (written: string) => string | undefined): Reading | undefined {
    const scalar = this.#text(node);
    if (scalar === undefined) return undefined;
    const known = this.#readings.get(scalar);
    if (known !== undefined) return known;
    const written = scalar.value;
    const unset = [...written.matchAll(VARIABLE)].find(([, name = ""]) => !this.#environment[name])?.[1];
    const message = unset === undefined ? findMistake(written) : this.#explainUnset(unset);
    const missing = message === undefined ? undefined : { offset: scalar.range?.[0] ?? 0, message };
    scalar.value = written.replace(VARIABLE, (whole, name: string) => this.#environment[name] || whole);
    const reading = { missing, written, hasVariable: written.search(VARIABLE) !== -1 };
    this.#readings.set(scalar, reading);
    return reading;
  }

  #explainUnset(name: string): string {
    if (isKeyLike(name))
      return "the environment variable is not set; if this is the key itself, remove `${` and `}`";
    const state = this.#environment[name] === "" ? "empty" : "not set";
    // In quotes, or the log would take the dots for a key and mask them.
    const command = process.platform === "win32" ? `setx ${name} "…"` : `export ${name}="…"`;
    return `the environment variable ${name} is ${state}; set it (${command}) and restart ollama-proxy`;
  }

  /** The content of the file becomes the secret. */
  #readSecretFile(provider: YAMLMap): void {
    const file = this.#text(findPair(provider, "secret_file")?.value);
    const secret = resolveAlias(this.#document, findPair(provider, "secret")?.value);
    const hasSecret = isScalar(secret) && secret.value !== null;
    if (file === undefined) {
      // A secret of its own goes before a merged file.
      if (hasSecret) provider.set("secret_file", this.#document.createNode(null));
      return;
    }
    if (hasSecret) {
      this.#report(file, "Expected either `secret` or `secret_file`, got both");
      return;
    }
    this.#use(file, (path) => {
      provider.set("secret", this.#document.createNode(readKey(path)));
    });
  }

  /** Read anew by whoever connects, so it only must be right. */
  #findCaFile(provider: YAMLMap): void {
    const file = this.#text(this.#find(provider, "ca_file"));
    if (file !== undefined) this.#use(file, checkCertificates);
  }

  /** Makes a path absolute, and reports what `use` finds wrong with the file. */
  #use(file: Scalar<string>, use: (path: string) => void): void {
    const written = file.value;
    try {
      file.value = this.#path(written);
      use(file.value);
    } catch (error) {
      if (!(error instanceof FileFault || error instanceof ConfigError)) throw error;
      const mayBeKey = error instanceof FileFault && error.isMissing && !isPathLike(written);
      this.#report(
        file,
        mayBeKey
          ? `Cannot use the file: ${error.message}; if this is the key itself, use \`secret\``
          : `Cannot use the file "${file.value}": ${error.message}`,
      );
    }
  }

  #path(path: string): string {
    const rest = /^~[/\\](.*)$/s.exec(path)?.[1];
    return rest === undefined ? resolve(this.#directory, path) : join(homeOf(this.#environment), rest);
  }

  #report(scalar: Scalar, message: string): void {
    this.problems.push({ offset: scalar.range?.[0] ?? 0, message });
  }
}

function isText(scalar: Scalar): scalar is Scalar<string> {
  return typeof scalar.value === "string";
}

function isLiteral(reading: Reading | undefined): reading is Reading {
  return (
    reading !== undefined && !reading.hasVariable && reading.missing === undefined && reading.written !== ""
  );
}

export function directoryOf(file: string): string {
  return dirname(resolve(file));
}

/**
 * Where the configuration of a user is. `USERPROFILE` decides on Windows, where shells from elsewhere set a `HOME` of their own.
 * Throws `ConfigError` when the environment does not say, rather than guess a directory to write to.
 */
export function homeOf(environment: Environment): string {
  const variable = process.platform === "win32" ? "USERPROFILE" : "HOME";
  const home = environment[variable] ?? "";
  if (isAbsolute(home)) return home;
  const state = home === "" ? "not set" : "not an absolute path";
  throw new ConfigError(
    `Cannot find the home directory: the environment variable ${variable} is ${state}; ` +
      "set it, or specify a configuration with --config FILE or the variable OLLAMA_PROXY_CONFIG",
  );
}
