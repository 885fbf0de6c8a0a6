/**
 * Names of tools as every host takes them: letters, digits, `_` and `-`, at most 64. Clients use dots and slashes
 * (`files.read`, `github/search`), which OpenAI and most others refuse; the model's calls get the client's name back.
 */

const VALID = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_LENGTH = 64;

export class ToolNames {
  readonly #sent = new Map<string, string>();
  readonly #originals = new Map<string, string>();

  /** All names of a request: a new one must not meet another. */
  constructor(names: readonly string[]) {
    const taken = new Set(names);
    /** How many names have come to each valid one: the next goes on from there. */
    const counts = new Map<string, number>();
    for (const name of taken) {
      if (VALID.test(name)) continue;
      const valid = name.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, MAX_LENGTH) || "tool";
      let sent = valid;
      let count = counts.get(valid) ?? 1;
      while (taken.has(sent) || this.#originals.has(sent)) {
        count += 1;
        const suffix = `_${count}`;
        sent = valid.slice(0, MAX_LENGTH - Math.max(3, suffix.length)) + suffix;
      }
      counts.set(valid, count);
      this.#sent.set(name, sent);
      this.#originals.set(sent, name);
    }
  }

  /** The client's name for each that was changed. */
  get originals(): ReadonlyMap<string, string> {
    return this.#originals;
  }

  /** As the provider gets to know the tool. */
  sent(name: string): string {
    return this.#sent.get(name) ?? name;
  }
}
