/** Runs the executable in a pseudo-terminal, and shows what a user sees: the screen, as a terminal emulator draws it. */
import xterm from "@xterm/headless";

export interface PtyOptions {
  readonly columns: number;
  readonly rows?: number;
  readonly directory: string;
  readonly environment?: { readonly [name: string]: string };
}

export class Pty implements AsyncDisposable {
  readonly process: Bun.Subprocess;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #terminal: Bun.Terminal;
  #changed = Promise.withResolvers<void>();
  #isOver = false;

  constructor(command: readonly string[], { columns, rows = 24, directory, environment = {} }: PtyOptions) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
    this.#terminal = new Bun.Terminal({
      cols: columns,
      rows,
      data: (_, bytes) => this.#screen.write(bytes, () => this.#wake()),
    });
    this.process = Bun.spawn([...command], {
      cwd: directory,
      env: { PATH: process.env["PATH"] ?? "", HOME: directory, TERM: "xterm-256color", ...environment },
      terminal: this.#terminal,
    });
    void this.#end();
  }

  /** The lines that were ever shown, without empty ones at the end. */
  get screen(): string {
    const { buffer } = this.#screen;
    const lines = Array.from({ length: buffer.active.length }, (_, row) =>
      (buffer.active.getLine(row)?.translateToString(true) ?? "").trimEnd(),
    );
    return lines.join("\n").trimEnd();
  }

  type(text: string): void {
    this.#terminal.write(text);
  }

  /** Resolves when the screen contains the text. Rejects with the screen when the program ends before. */
  async shows(text: string): Promise<void> {
    while (!this.screen.includes(text)) {
      if (this.#isOver)
        throw new Error(`Expected the screen to show ${JSON.stringify(text)}, got:\n${this.screen}`);
      await this.#changed.promise;
    }
  }

  /** Waits for the end of the program and of its output. */
  async exitCode(): Promise<number> {
    while (!this.#isOver) await this.#changed.promise;
    return this.process.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
    this.#terminal.close();
    this.#screen.dispose();
  }

  /** What the program wrote last is in the buffer of the system when it has ended, and is read in the next turns of the event loop. */
  async #end(): Promise<void> {
    await this.process.exited;
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => void setImmediate(resolve));
    await new Promise<void>((resolve) => this.#screen.write("", resolve));
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
