/** Lists to choose from. Typing filters the list. */
import { Frame } from "./frame.ts";
import { withoutLast } from "./keys.ts";
import type { Terminal } from "./terminal.ts";

export interface Choice<T> {
  readonly label: string;
  /** Shown after the label. It can be searched too. */
  readonly note?: string;
  readonly value: T;
}

export interface Selection<T> {
  readonly question: string;
  readonly choices: readonly Choice<T>[];
  /** The keys that can be used. */
  readonly help?: string;
  /** A choice for the typed text itself, shown after those that match. */
  readonly fromText?: (text: string) => Choice<T> | undefined;
}

/** One of the choices. */
export async function select<T>(terminal: Terminal, selection: Selection<T>): Promise<T> {
  const list = new FilteredList(terminal, selection, (choice) => choice.label);
  for (;;) {
    const key = await list.next(selection.help ?? "Type to search, Enter to choose");
    const { current } = list;
    if (key === "space") list.type(" ");
    if (key === "enter" && current !== undefined) {
      list.finish(current.label);
      return current.value;
    }
  }
}

/** Any number of the choices, but at least one. */
export async function selectSome<T>(terminal: Terminal, selection: Selection<T>): Promise<readonly T[]> {
  const chosen = new Set<Choice<T>>();
  const list = new FilteredList(
    terminal,
    selection,
    (choice) => `${chosen.has(choice) ? "[x]" : "[ ]"} ${choice.label}`,
  );
  for (;;) {
    const key = await list.next(`${chosen.size} chosen. Space: choose, Tab: all shown, Enter: done`);
    const { current } = list;
    if (key === "space" && current !== undefined) toggle(chosen, [current]);
    else if (key === "tab") toggle(chosen, list.matches);
    else if (key === "enter" && chosen.size > 0) {
      list.finish(`${chosen.size} of ${selection.choices.length}`);
      return selection.choices.filter((choice) => chosen.has(choice)).map(({ value }) => value);
    }
  }
}

/** Chooses all of them, or none if all are chosen. */
function toggle<T>(chosen: Set<T>, some: readonly T[]): void {
  const areChosen = some.every((one) => chosen.has(one));
  for (const one of some) {
    if (areChosen) chosen.delete(one);
    else chosen.add(one);
  }
}

/** Lines beside the choices: the question, the help, and one that stays free. */
const OTHER_ROWS = 3;
const MAX_SHOWN = 12;

class FilteredList<T> {
  readonly #terminal: Terminal;
  readonly #frame: Frame;
  readonly #selection: Selection<T>;
  readonly #describe: (choice: Choice<T>) => string;
  #filter = "";
  #position = 0;

  constructor(terminal: Terminal, selection: Selection<T>, describe: (choice: Choice<T>) => string) {
    this.#terminal = terminal;
    this.#frame = new Frame(terminal);
    this.#selection = selection;
    this.#describe = describe;
  }

  get matches(): readonly Choice<T>[] {
    const { choices, fromText } = this.#selection;
    const words = this.#filter.toLowerCase().split(/\s+/);
    const found = choices.filter(({ label, note = "" }) =>
      words.every((word) => `${label} ${note}`.toLowerCase().includes(word)),
    );
    const typed = this.#filter.trim() === "" ? undefined : fromText?.(this.#filter.trim());
    return typed === undefined ? found : [...found, typed];
  }

  get current(): Choice<T> | undefined {
    return this.matches[this.#position];
  }

  /** Draws the list, and handles the keys that move in it. Returns the next other key. */
  async next(help: string): Promise<"enter" | "space" | "tab"> {
    for (;;) {
      this.#draw(help);
      const key = await this.#terminal.readKey();
      if (key.type === "enter" || key.type === "tab") return key.type;
      if (key.type === "text" && key.text === " ") return "space";
      if (key.type === "text") this.type(key.text);
      else if (key.type === "backspace") this.#search(withoutLast(this.#filter));
      else if (key.type === "clear") this.#search("");
      else this.#move({ up: -1, down: 1, "page-up": -this.#height, "page-down": this.#height }[key.type]);
    }
  }

  /** Adds to the filter. */
  type(text: string): void {
    this.#search(this.#filter + text);
  }

  finish(summary: string): void {
    this.#frame.finish(`${this.#selection.question}: ${summary}`);
  }

  get #height(): number {
    return Math.max(1, Math.min(MAX_SHOWN, this.#terminal.rows() - OTHER_ROWS));
  }

  #search(filter: string): void {
    this.#filter = filter;
    this.#position = 0;
  }

  #move(by: number): void {
    this.#position = Math.max(0, Math.min(this.matches.length - 1, this.#position + by));
  }

  #draw(help: string): void {
    const { matches } = this;
    const first = Math.max(
      0,
      Math.min(this.#position - Math.floor(this.#height / 2), matches.length - this.#height),
    );
    const lines = matches.slice(first, first + this.#height).map((choice, index) => {
      const note = choice.note === undefined ? "" : `  ${choice.note}`;
      return `${first + index === this.#position ? ">" : " "} ${this.#describe(choice)}${note}`;
    });
    this.#frame.draw([
      `${this.#selection.question}: ${this.#filter}_`,
      ...(lines.length === 0 ? ["  Nothing matches"] : lines),
      matches.length > this.#height ? `${help} (${matches.length})` : help,
    ]);
  }
}
