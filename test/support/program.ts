/** Runs the executable in its own process with its own home directory. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BRIEF_RUN, EXECUTABLE } from "./executable.ts";

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Environment {
  readonly [name: string]: string | undefined;
}

export class Home implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), "home-"));
  readonly config = join(this.directory, "ollama-proxy.yaml");

  write(text: string): void {
    writeFileSync(this.config, text, { mode: 0o600 });
  }

  /** Runs to the end. */
  run(...args: readonly string[]): Promise<Ended> {
    return this.runWith({}, ...args);
  }

  /** Runs to the end with changed variables. An undefined variable is not set. */
  async runWith(environment: Environment, ...args: readonly string[]): Promise<Ended> {
    const child = this.#spawn(args, environment);
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { exitCode: await child.exited, stdout, stderr };
  }

  /** Starts `serve` on a free port. */
  serve(environment: Environment = {}): Serving {
    return new Serving(this.#spawn(["serve", "--port", "0"], environment));
  }

  /** Starts `serve` on the port of the configuration. */
  serveAsConfigured(): Serving {
    return new Serving(this.#spawn(["serve"], {}));
  }

  /** Starts `serve` on a free port of the configuration. `text` makes the configuration. */
  async serveAt(text: (port: number) => string): Promise<ServingAt> {
    for (let attempts = 1; ; attempts++) {
      const port = await findFreePort();
      this.write(text(port));
      const serving = this.serveAsConfigured();
      try {
        const [url = ""] = await serving.urls();
        return { serving, port, url, [Symbol.asyncDispose]: () => serving[Symbol.asyncDispose]() };
      } catch (error) {
        // Another program has taken the port in the meantime.
        if (attempts === 5) throw error;
      }
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }

  [Symbol.dispose](): void {
    this.remove();
  }

  #spawn(args: readonly string[], environment: Environment) {
    const { PATH = "", SystemRoot = "" } = process.env;
    return Bun.spawn([EXECUTABLE, ...args], {
      cwd: this.directory,
      env: {
        ...BRIEF_RUN,
        PATH,
        SystemRoot,
        HOME: this.directory,
        USERPROFILE: this.directory,
        ...environment,
      },
      stdout: "pipe",
      stderr: "pipe",
    });
  }
}

interface ServingAt extends AsyncDisposable {
  readonly serving: Serving;
  readonly port: number;
  readonly url: string;
}

/** A port on which nothing listens now. */
export async function findFreePort(): Promise<number> {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port = 0 } = server;
  await server.stop(true);
  return port;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly url: string;
}

export class Serving implements AsyncDisposable {
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Always read, because a program blocks when nobody reads its log. */
  readonly #lines: LogLine[] = [];
  #next = Promise.withResolvers<void>();
  #isOver = false;

  constructor(child: Bun.Subprocess<"ignore", "pipe", "pipe">) {
    this.process = child;
    void this.#collect(child.stderr);
  }

  /** The next log line whose message has this beginning. Lines before it are skipped. */
  async logged(beginning: string): Promise<LogLine> {
    const seen: string[] = [];
    for (;;) {
      const line = this.#lines.shift();
      if (line?.message.startsWith(beginning) === true) return line;
      if (line !== undefined) seen.push(line.message);
      else if (this.#isOver)
        throw new Error(`Expected a log line "${beginning}", got only:\n${seen.join("\n")}`);
      else await this.#next.promise;
    }
  }

  /** The addresses that the program listens on. IPv4 is first. */
  async urls(): Promise<readonly string[]> {
    return (await this.logged("Listening")).url.split(" ");
  }

  /** The first of `urls`. */
  async url(): Promise<string> {
    const [url = ""] = await this.urls();
    return url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }

  async end(signal: NodeJS.Signals): Promise<number> {
    this.process.kill(signal);
    return this.process.exited;
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const line of readLines(stream)) {
      this.#lines.push(line);
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}

/** A configuration of one provider `a` with these models. */
export function configuration(...models: readonly string[]): string {
  return `providers: [{name: a, url: "http://127.0.0.1:1", models: [${models.join(", ")}]}]\n`;
}

/** The names of all models at this address. */
export async function namesAt(url: string): Promise<readonly string[]> {
  const body: { readonly models: readonly { readonly name: string }[] } = JSON.parse(
    await (await fetch(`${url}/api/tags`)).text(),
  );
  return body.models.map((model) => model.name);
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<LogLine, undefined> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield readLine(line);
  }
  return undefined;
}

/** A program that cannot start prints plain text. */
function readLine(line: string): LogLine {
  if (!line.startsWith("{")) return { level: "", message: line, url: "" };
  const fields: { readonly [key: string]: unknown } = JSON.parse(line);
  return { level: String(fields["level"]), message: String(fields["message"]), url: String(fields["url"]) };
}
