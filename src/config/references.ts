/**
 * Puts into a parsed document what it only refers to: `${VARIABLES}`, key files, paths.
 *
 * This happens after parsing, so a variable may hold any character, and in the document itself,
 * so a fault found later in such a value still has its place in the file.
 */
import { accessSync, constants, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { type Document, isMap, isPair, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from "yaml";
import { findPair, resolveAlias } from "./document.ts";
import type { Problem } from "./error.ts";

export interface Environment {
  readonly [name: string]: string | undefined;
}

/** Predecessor's rule: what is text stays as written, so the model `4.10` is not the number 4.1. */
const TEXTS = ["name", "url", "secret", "secret_file", "ca_file"];
const EXPANDED = ["url", "secret", "secret_file", "ca_file"];
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Edits `document`. `directory` is what paths in it are relative to. */
export function resolveReferences(
  document: Document,
  directory: string,
  environment: Environment,
): readonly Problem[] {
  const resolver = new Resolver(document, directory, environment);
  const root = document.contents;
  const providers = resolveAlias(document, isMap(root) ? root.get("providers", true) : undefined);
  for (const item of isSeq(providers) ? providers.items : []) {
    const provider = resolveAlias(document, item);
    if (isMap(provider)) resolver.resolveProvider(provider);
  }
  return resolver.problems;
}

class Resolver {
  readonly problems: Problem[] = [];
  readonly #document: Document;
  readonly #directory: string;
  readonly #environment: Environment;
  /** An anchored value is met once per use, but must not be expanded twice. */
  readonly #done = new Set<unknown>();

  constructor(document: Document, directory: string, environment: Environment) {
    this.#document = document;
    this.#directory = directory;
    this.#environment = environment;
  }

  resolveProvider(provider: YAMLMap): void {
    if (this.#done.has(provider)) return;
    this.#done.add(provider);
    for (const key of TEXTS) {
      const scalar = this.#text(findPair(provider, key)?.value);
      if (scalar !== undefined && EXPANDED.includes(key)) this.#expand(scalar);
    }
    for (const key of ["headers", "query"]) {
      for (const pair of this.#pairs(provider, key)) {
        const scalar = this.#text(pair.value);
        if (scalar !== undefined) this.#expand(scalar);
      }
    }
    const models = this.#follow(provider, "models");
    for (const item of isSeq(models) ? models.items : []) {
      const model = resolveAlias(this.#document, item);
      this.#text(isMap(model) ? findPair(model, "name")?.value : model);
    }
    this.#readSecretFile(provider);
    this.#findCaFile(provider);
  }

  #follow(map: YAMLMap, key: string): unknown {
    return resolveAlias(this.#document, findPair(map, key)?.value);
  }

  #pairs(provider: YAMLMap, key: string): readonly Pair[] {
    const map = this.#follow(provider, key);
    return isMap(map) ? map.items.filter((pair) => isPair(pair)) : [];
  }

  /** The scalar of a place that holds text: a number or a boolean there becomes the letters it was written with. */
  #text(node: unknown): Scalar | undefined {
    const scalar = resolveAlias(this.#document, node);
    if (!isScalar(scalar)) return undefined;
    if (typeof scalar.value === "number" || typeof scalar.value === "boolean") {
      scalar.value = scalar.source ?? String(scalar.value);
    }
    return scalar;
  }

  #expand(scalar: Scalar): void {
    if (typeof scalar.value !== "string" || this.#done.has(scalar)) return;
    this.#done.add(scalar);
    scalar.value = scalar.value.replace(VARIABLE, (whole, name: string) => {
      const value = this.#environment[name];
      if (value !== undefined && value !== "") return value;
      this.#report(
        scalar,
        `Expected the environment variable ${name} to be set, it is ${value === "" ? "empty" : "not"}`,
      );
      return whole;
    });
  }

  /** The content of the file takes the place of its name. */
  #readSecretFile(provider: YAMLMap): void {
    const pair = findPair(provider, "secret_file");
    const file = this.#follow(provider, "secret_file");
    if (pair === undefined || !isScalar(file) || typeof file.value !== "string") return;
    const secret = this.#follow(provider, "secret");
    if (isScalar(secret) && secret.value !== null) {
      this.#report(file, "Expected either `secret` or `secret_file`, got both");
      return;
    }
    const path = this.#path(file.value);
    try {
      const content = readFileSync(path, "utf8").trim();
      provider.delete("secret");
      provider.delete("secret_file");
      provider.set("secret", this.#document.createNode(content));
    } catch (error) {
      this.#report(file, `Expected a file that can be read, ${explain(error)}: "${path}"`);
    }
  }

  /** Read anew by whoever connects, so it only must be there. */
  #findCaFile(provider: YAMLMap): void {
    const file = this.#follow(provider, "ca_file");
    if (!isScalar(file) || typeof file.value !== "string") return;
    const path = this.#path(file.value);
    file.value = path;
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      this.#report(file, `Expected a file that can be read, ${explain(error)}: "${path}"`);
    }
  }

  #path(path: string): string {
    const home = this.#environment["HOME"] ?? this.#environment["USERPROFILE"] ?? "~";
    return resolve(
      this.#directory,
      path.replace(/^~(?=[/\\])/, () => home),
    );
  }

  #report(scalar: Scalar, message: string): void {
    this.problems.push({ offset: scalar.range?.[0] ?? 0, message });
  }
}

/** Why a file could not be read, as the end of a sentence. */
export function explain(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return (
    { ENOENT: "there is none", EACCES: "permission is denied", EISDIR: "this is a directory" }[code] ?? code
  );
}

export function directoryOf(file: string): string {
  return dirname(resolve(file));
}

/** `USERPROFILE` decides on Windows, where shells from elsewhere set a `HOME` of their own. */
export function homeOf(environment: Environment): string {
  return environment[process.platform === "win32" ? "USERPROFILE" : "HOME"] ?? homedir();
}
