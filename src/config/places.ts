/** Finds the line of a setting in the text of a configuration. */
import { type Document, isMap, isScalar, isSeq } from "yaml";
import { findPair, locate, readDocument, resolveAlias } from "./document.ts";

export class Places {
  readonly #text: string;
  readonly #path: string;
  readonly #document: Document;

  /** `text` must be a valid configuration. `path` is used in the results only. */
  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
    this.#document = readDocument(text);
  }

  /** `FILE:LINE` of a setting, or of the nearest one around it. */
  of(...steps: readonly (string | number)[]): string {
    const offset = locate(this.#document, steps, "key");
    return `${this.#path}:${this.#text.slice(0, offset).split("\n").length}`;
  }

  /** The same for a setting of the provider with this name. */
  ofProvider(name: string, ...steps: readonly (string | number)[]): string {
    return this.of("providers", this.#indexOf(name), ...steps);
  }

  #indexOf(name: string): number {
    const root = this.#document.contents;
    const list = resolveAlias(this.#document, isMap(root) ? findPair(root, "providers")?.value : undefined);
    return (isSeq(list) ? list.items : []).findIndex((item) => {
      const provider = resolveAlias(this.#document, item);
      const value = isMap(provider) ? findPair(provider, "name")?.value : undefined;
      return isScalar(value) && String(value.source).trim() === name;
    });
  }
}
