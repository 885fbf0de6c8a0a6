/**
 * Converts tool names to a format that every provider accepts: letters, digits, `_` and `-`, at most 64
 * characters. Clients also use dots and slashes (`files.read`, `github/search`), which OpenAI and most other
 * providers reject. The model's calls are converted back to the client's names.
 */

const VALID = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_LENGTH = 64;

export class ToolNames {
  readonly #sent = new Map<string, string>();
  readonly #originals = new Map<string, string>();

  /** `names` are all names of a request. A new name must differ from all of them. */
  constructor(names: readonly string[]) {
    const taken = new Set(names);
    /** The last suffix used for each valid name. The next name continues from it. */
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

  /** The client's name for each changed name. */
  get originals(): ReadonlyMap<string, string> {
    return this.#originals;
  }

  /** The name of the tool that the provider gets. */
  sent(name: string): string {
    return this.#sent.get(name) ?? name;
  }
}
