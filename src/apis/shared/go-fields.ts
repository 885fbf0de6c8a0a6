/**
 * Reads the fields of a request like Ollama's server does, with its exact error messages.
 *
 * Field names match in any case. The last of two duplicates is used. Null means absent. Unknown fields are
 * ignored. A wrong type is an error with the message of Go's decoder, because clients show it and tests
 * compare it.
 */
import { ProxyError } from "../../chat/error.ts";
import { type JsonObject, isObject } from "../../wire/json.ts";

/** A request body. Its name is the one in Ollama's errors, e.g. `ChatRequest`. */
export class Fields {
  readonly #struct: string;
  readonly #fields: JsonObject;

  constructor(struct: string, fields: JsonObject) {
    this.#struct = struct;
    this.#fields = lowerCaseKeys(fields);
  }

  /** `module` is the Go package in which the real server declares the request. */
  static of(struct: string, body: unknown, module = "api"): Fields {
    if (body === null) return new Fields(struct, {});
    if (isObject(body)) return new Fields(struct, body);
    throw new ProxyError(
      "bad-request",
      `json: cannot unmarshal ${typeName(body)} into Go value of type ${module}.${struct}`,
    );
  }

  unknown(key: string): unknown {
    return this.#fields[key] ?? undefined;
  }

  string(key: string): string | undefined {
    const value = this.unknown(key);
    return value === undefined || typeof value === "string" ? value : this.#refuse(key, value, "string");
  }

  boolean(key: string): boolean | undefined {
    const value = this.unknown(key);
    return value === undefined || typeof value === "boolean" ? value : this.#refuse(key, value, "bool");
  }

  integer(key: string): number | undefined {
    const value = this.unknown(key);
    if (value === undefined) return undefined;
    if (typeof value !== "number") return this.#refuse(key, value, "int");
    return Number.isInteger(value) ? value : this.#refuse(key, value, "int", `number ${value}`);
  }

  array(key: string, type: string): readonly unknown[] {
    const value = this.unknown(key);
    if (value === undefined) return [];
    return Array.isArray(value) ? value : this.#refuse(key, value, type);
  }

  object(key: string, type: string): JsonObject {
    const value = this.unknown(key);
    if (value === undefined) return {};
    return isObject(value) ? value : this.#refuse(key, value, type);
  }

  #refuse(key: string, value: unknown, type: string, sent = typeName(value)): never {
    throw new ProxyError(
      "bad-request",
      `json: cannot unmarshal ${sent} into Go struct field ${this.#struct}.${key} of type ${type}`,
    );
  }
}

function lowerCaseKeys(fields: JsonObject): JsonObject {
  const result: { [key: string]: unknown } = {};
  for (const [key, value] of Object.entries(fields)) result[key.toLowerCase()] = value;
  return result;
}

/** The type of a value, as Go's decoder names it. */
export function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
