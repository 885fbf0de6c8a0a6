/** A table with a section for each provider: `@ host…`, then one line for each model, its name first. */
export class HostTable<R> {
  readonly #byHost = new Map<string, ReadonlyMap<string, R>>();
  /** Host patterns with a `*`, split there. */
  readonly #patterns: {
    readonly start: string;
    readonly end: string;
    readonly rows: ReadonlyMap<string, R>;
  }[] = [];
  #anyHost: ReadonlyMap<string, R> = new Map();

  /** `parse` gets the rest of a line after the name. */
  constructor(text: string, parse: (rest: string) => R) {
    let rows = new Map<string, R>();
    // Thousands of rows share few values.
    const values = new Map<string, R>();
    for (const line of text.split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      const space = line.indexOf(" ");
      const rest = line.slice(space + 1);
      if (line.startsWith("@")) {
        rows = new Map();
        for (const host of rest.split(" ")) this.#addSection(host, rows);
        continue;
      }
      const value = values.get(rest) ?? parse(rest);
      values.set(rest, value);
      rows.set(line.slice(0, space), value);
    }
  }

  /** The rows of the section `@ *`. */
  get anyHost(): ReadonlyMap<string, R> {
    return this.#anyHost;
  }

  /** `host` is in lower case, with the port. */
  rowsOf(host: string): ReadonlyMap<string, R> | undefined {
    const isMatch = ({ start, end }: { readonly start: string; readonly end: string }): boolean =>
      host.startsWith(start) && host.endsWith(end);
    return this.#byHost.get(host) ?? this.#patterns.find(isMatch)?.rows;
  }

  #addSection(host: string, rows: ReadonlyMap<string, R>): void {
    const [start = "", end] = host.split("*");
    if (host === "*") this.#anyHost = rows;
    else if (end === undefined) this.#byHost.set(host, rows);
    else this.#patterns.push({ start, end, rows });
  }
}
