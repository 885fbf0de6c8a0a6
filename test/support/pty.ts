/**
 * Runs a command in a pseudo-terminal, and shows what a user sees: the screen, as a terminal emulator draws it. A shell around the command
 * prints its exit code and then waits, so that nothing of the screen is lost when the command ends.
 */
import xterm from "@xterm/headless";

export interface PtyOptions {
  readonly columns: number;
  readonly rows?: number;
  readonly directory: string;
  readonly environment?: { readonly [name: string]: string };
}

const SHELL = 'trap : INT; "$@"; printf "\\nexit code %s\\n" "$?"; read end';

export class Pty implements AsyncDisposable {
  readonly process: Bun.Subprocess;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #terminal: Bun.Terminal;
  #changed = Promise.withResolvers<void>();

  constructor(command: readonly string[], { columns, rows = 24, directory, environment = {} }: PtyOptions) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
    this.#terminal = new Bun.Terminal({
      cols: columns,
      rows,
      data: (_, bytes) => this.#screen.write(bytes, () => this.#wake()),
    });
    this.process = Bun.spawn(["/bin/sh", "-c", SHELL, "sh", ...command], {
      cwd: directory,
      env: { PATH: process.env["PATH"] ?? "", HOME: directory, TERM: "xterm-256color", ...environment },
      terminal: this.#terminal,
    });
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

  /** Resolves when the screen contains the text. Rejects with the screen when the command ends before. */
  async shows(text: string): Promise<void> {
    while (!this.screen.includes(text)) {
      if (this.#exitCode !== undefined)
        throw new Error(`Expected the screen to show ${JSON.stringify(text)}, got:\n${this.screen}`);
      await this.#changed.promise;
    }
  }

  /** Waits for the end of the command. */
  async exitCode(): Promise<number> {
    while (this.#exitCode === undefined) await this.#changed.promise;
    return this.#exitCode;
  }

  get #exitCode(): number | undefined {
    const code = /^exit code (\d+)$/m.exec(this.screen)?.[1];
    return code === undefined ? undefined : Number(code);
  }

  /** Sends a signal to the command. The pseudo-terminal is not the controlling one, so Ctrl-C sends none. */
  signal(name: "INT" | "KILL"): void {
    Bun.spawnSync(["pkill", `-${name}`, "-P", String(this.process.pid)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("KILL");
    this.process.kill("SIGKILL");
    await this.process.exited;
    this.#terminal.close();
    this.#screen.dispose();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
