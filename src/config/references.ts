/**
 * Resolves the references of a parsed document: `${VARIABLES}`, key files, paths.
 *
 * This happens after parsing, so a variable may contain any character. It edits the document, so a problem found later in a
 * value still has its position in the file.
 */
import { dirname, isAbsolute, join, resolve } from "node:path";
import { type Document, isMap, isPair, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from "yaml";
import { checkCertificates } from "./certificate.ts";
import { CertificateError, readCertificate } from "./certificate-pair.ts";
import { findPair, resolveAlias } from "./document.ts";
import { ConfigError, type Problem } from "./error.ts";
import { explainSetting } from "./set-variable.ts";
import { readKey } from "./key-file.ts";
import { findBadReference, findKeyMistake } from "./key-mistake.ts";
import { isKeyLike, isPathLike } from "./key-like.ts";
import { FileFault } from "./read-file.ts";
import { hasCredential, isCredentialName } from "./values.ts";

export interface Environment {
  readonly [name: string]: string | undefined;
}

export interface References {
  /** Problems that make the whole configuration unusable. */
  readonly problems: readonly Problem[];
  /** What client keys and the certificate lack, as the end of a sentence. This makes the configuration unusable too. */
  readonly missing: readonly Problem[];
  /** In the order of the file. */
  readonly providers: readonly ProviderReferences[];
  /** Whether the text itself contains the key of a client. */
  readonly holdsApiKey: boolean;
}

export interface ProviderReferences {
  /** What the provider lacks, as the end of a sentence. This disables only the provider. */
  readonly missing: readonly Problem[];
  /** Whether the text itself contains a credential, not only the name of a variable or file. */
  readonly holdsSecret: boolean;
}

/** Keys whose value is always text, as in the predecessor: the model `4.10` must not become the number 4.1. */
export const TEXTS: readonly string[] = ["name", "url", "secret", "secret_file", "ca_file"];
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** Levels of mappings that merge other mappings. */
const MAX_MERGES = 8;

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
  // Client keys are configured in the same ways as provider keys.
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

/** The result for one value, before its variables were replaced. */
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
  /** An anchored value is visited once per use, but must be expanded once. */
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
    const secrets = this.#secretsOf(provider).map((secret) => this.#expand(secret, findKeyMistake));
    const files = ["secret_file", "ca_file"].map((key) =>
      this.#expand(this.#find(provider, key), findBadReference),
    );
    const parameters = ["headers", "query"]
      .flatMap((key) => this.#pairs(provider, key))
      .map((pair) => ({ pair, reading: this.#expand(pair.value, findKeyMistake) }));
    const readings = [url, ...secrets, ...files, ...parameters.map(({ reading }) => reading)];
    const resolved: ProviderReferences = {
      missing: readings.flatMap((reading) => reading?.missing ?? []),
      holdsSecret:
        secrets.some(isLiteral) ||
        (isLiteral(url) && hasCredential(url.written)) ||
        parameters.some(({ pair, reading }) => isCredentialName(String(pair.key)) && isLiteral(reading)),
    };
    this.#resolved.set(provider, resolved);
    const [secretFile, caFile] = files;
    if (secretFile?.missing === undefined) this.#readSecretFile(provider);
    if (caFile?.missing === undefined) this.#findCaFile(provider);
    return resolved;
  }

  /** Returns what is missing. Only checks the files: the server reads them when it starts to listen. */
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

  /** One key, or a list of keys. */
  #secretsOf(provider: YAMLMap): readonly unknown[] {
    const secret = resolveAlias(this.#document, this.#find(provider, "secret"));
    return isSeq(secret) ? secret.items : [secret];
  }

  #readModelNames(provider: YAMLMap): void {
    const models = resolveAlias(this.#document, this.#find(provider, "models"));
    for (const item of isSeq(models) ? models.items : []) {
      const model = resolveAlias(this.#document, item);
      if (isScalar(model)) readExclusion(model);
      this.#text(isMap(model) ? findPair(model, "name")?.value : model);
    }
  }

  /** The value of a key, from the mapping or from one that is merged into it. */
  #find(map: YAMLMap, key: string, depth = 0): unknown {
    const own = findPair(map, key);
    if (own !== undefined || depth === MAX_MERGES) return own?.value;
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

  /** The scalar of a value that is text. A number or a boolean becomes the text as it was written. */
  #text(node: unknown): Scalar<string> | undefined {
    const scalar = resolveAlias(this.#document, node);
    if (!isScalar(scalar)) return undefined;
    if (typeof scalar.value === "number" || typeof scalar.value === "boolean") {
      scalar.value = scalar.source ?? String(scalar.value);
    }
    return isText(scalar) ? scalar : undefined;
  }

  /** Replaces the variables of a value. `findMistake` finds other mistakes in it. */
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
    return `the environment variable ${name} is ${state}; ${explainSetting(name, this.#environment)}`;
  }

  /** The content of the file becomes the secret. */
  #readSecretFile(provider: YAMLMap): void {
    const file = this.#text(findPair(provider, "secret_file")?.value);
    const other = ["secret", "secret_command"].find((key) => this.#isSet(provider, key));
    if (file === undefined) {
      // The provider's own secret overrides a merged file.
      if (other !== undefined) provider.set("secret_file", this.#document.createNode(null));
      return;
    }
    if (other !== undefined) {
      this.#report(file, `Expected either \`${other}\` or \`secret_file\`, got both`);
      return;
    }
    this.#use(file, (path) => {
      provider.set("secret", this.#document.createNode(readKey(path)));
    });
  }

  #isSet(provider: YAMLMap, key: string): boolean {
    const value = resolveAlias(this.#document, findPair(provider, key)?.value);
    return value !== undefined && !(isScalar(value) && value.value === null);
  }

  /** Only checks the file: it is read again when the provider is created. */
  #findCaFile(provider: YAMLMap): void {
    const file = this.#text(this.#find(provider, "ca_file"));
    if (file !== undefined) this.#use(file, checkCertificates);
  }

  /** Makes a path absolute, and reports the fault that `use` throws. */
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

/** Without quotes, `!*-preview` is a tag of an empty value in YAML. */
function readExclusion(model: Scalar): void {
  const { tag } = model;
  if (model.value === "" && tag?.startsWith("!") === true) model.value = tag;
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
 * The directory of a user's configuration. On Windows this is `USERPROFILE`, because ported shells set their own `HOME` there.
 * Throws `ConfigError` when the variable is not set: the program must not write to a guessed directory.
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
