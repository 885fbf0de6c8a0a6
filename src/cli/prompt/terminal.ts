/**
 * The terminal of interactive commands. Only they import it, because `process.stdin` and `process.stdout` cost the serving process
 * memory.
 */
import { type Key, parseKeys } from "./keys.ts";

/** What prompts need of a terminal. */
export interface Terminal {
  readonly columns: () => number;
  readonly rows: () => number;
  readonly write: (text: string) => void;
  /** The next key. Throws `Canceled` after Ctrl-C, and when the terminal is closed. */
  readonly readKey: () => Promise<Exclude<Key, { readonly type: "cancel" }>>;
}

/** The user has pressed Ctrl-C. */
export class Canceled extends Error {
  override readonly name = "Canceled";

  constructor() {
    super("Canceled; nothing was changed");
  }
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

/** Gives `use` the terminal in raw mode. Afterwards the terminal is as it was. */
export async function withTerminal<T>(use: (terminal: Terminal) => Promise<T>): Promise<T> {
  const { stdin, stdout } = process;
  const input = new Input();
  const receive = (chunk: Buffer): void => input.add(chunk);
  const close = (): void => input.close();
  stdin.setRawMode(true);
  stdin.on("data", receive);
  stdin.once("end", close);
  stdout.write(HIDE_CURSOR);
  try {
    return await use({
      columns: () => stdout.columns || 80,
      rows: () => stdout.rows || 24,
      write: (text) => void stdout.write(text),
      readKey: () => input.next(),
    });
  } catch (error) {
    // The message must not follow the last line of a question.
    stdout.write("\r\n");
    throw error;
  } finally {
    stdin.off("data", receive);
    stdin.off("end", close);
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write(SHOW_CURSOR);
  }
}

class Input {
  readonly #decoder = new TextDecoder();
  readonly #keys: Key[] = [];
  #isClosed = false;
  #wake: () => void = () => undefined;

  add(bytes: Uint8Array): void {
    this.#keys.push(...parseKeys(this.#decoder.decode(bytes, { stream: true })));
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  async next(): Promise<Exclude<Key, { readonly type: "cancel" }>> {
    for (;;) {
      const key = this.#keys.shift();
      if (key?.type === "cancel" || (key === undefined && this.#isClosed)) throw new Canceled();
      if (key !== undefined) return key;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
