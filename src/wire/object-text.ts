/** JSON text of an object that arrives in pieces, such as the arguments of a tool call. */
import { isObject, parseJson } from "./json.ts";
import { Nesting } from "./nesting.ts";

/** Tells whether the text so far is a complete JSON object. It is parsed at most once. */
export class ObjectText {
  readonly #nesting = new Nesting();
  #text = "";
  #isBlank = true;
  /** Undefined while brackets are open. Text that is not an object once they are closed never becomes one. */
  #isObject: boolean | undefined;

  push(text: string): void {
    this.#text += text;
    const isBlank = text.trim() === "";
    this.#isBlank &&= isBlank;
    if (this.#isObject === true && !isBlank) this.#isObject = false;
    if (this.#isObject === undefined && this.#nesting.push(text) !== -1) this.#isObject = false;
  }

  get isWhole(): boolean {
    if (this.#isObject === undefined && this.#nesting.depth <= 0 && !this.#isBlank) {
      this.#isObject = isObject(parseJson(this.#text));
    }
    return this.#isObject === true;
  }
}
