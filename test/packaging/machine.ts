/** A machine under systemd, in namespaces of its own on this one. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { attempt, type Outcome, ROOT, run, until } from "./commands.ts";

const UNIFIED = "/sys/fs/cgroup/unified";

export class Machine {
  readonly #root: string;
  readonly #group = join(existsSync(UNIFIED) ? UNIFIED : "/sys/fs/cgroup", `ollama-proxy-${process.pid}`);
  #launcher: Bun.Subprocess | undefined;
  #init = "";

  constructor(root: string) {
    this.#root = root;
  }

  async boot(): Promise<void> {
    mkdirSync(this.#group);
    const launcher = Bun.spawn([join(ROOT, "packaging/test-env/boot.sh"), this.#root, this.#group], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "inherit",
    });
    this.#launcher = launcher;
    await until(() => this.#isRunning(launcher), "systemd has booted");
  }

  /** Runs a program of the machine on the machine. */
  attempt(...command: readonly string[]): Promise<Outcome> {
    return attempt(["nsenter", "-t", this.#init, "-m", "-p", "-u", "-i", "-n", "-C", ...command], {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      PAGER: "cat",
    });
  }

  async run(...command: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.attempt(...command);
    if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Asks a server of the machine, with a program of this one. */
  ask(path: string, ...flags: readonly string[]): Promise<string> {
    const url = `http://127.0.0.1:11434${path}`;
    return run("nsenter", "-t", this.#init, "-n", "curl", "-sSfN", "-m", "10", ...flags, url);
  }

  async show(unit: string, ...properties: readonly string[]): Promise<readonly string[]> {
    const text = await this.run("systemctl", "show", unit, "--property", properties.join(","));
    return text.split("\n").toSorted();
  }

  /** Entries of the journal of a unit, as priority and text. */
  async journal(unit: string): Promise<readonly (readonly [priority: string, text: string])[]> {
    const lines = await this.run("journalctl", "--unit", unit, "--output", "json", "--no-pager");
    return lines.split("\n").map((line) => {
      const entry: { readonly PRIORITY: string; readonly MESSAGE: string } = JSON.parse(line);
      return [entry.PRIORITY, entry.MESSAGE];
    });
  }

  async shutDown(): Promise<void> {
    if (this.#launcher === undefined) return;
    // The launcher would ignore anything gentler while its child lives.
    if (this.#init !== "") process.kill(Number(this.#init), "SIGKILL");
    this.#launcher.kill("SIGKILL");
    await this.#launcher.exited;
    await until(() => Promise.resolve(removeGroups(this.#group)), "the machine's control groups are gone");
  }

  async #isRunning({ exitCode, pid }: Bun.Subprocess): Promise<boolean> {
    if (exitCode !== null) throw new Error("The machine did not boot");
    this.#init = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    if (this.#init === "") return false;
    return (await this.attempt("systemctl", "is-system-running")).stdout === "running";
  }
}

function removeGroups(group: string): boolean {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory()) removeGroups(join(group, entry.name));
    }
    rmdirSync(group);
    return true;
  } catch {
    return !existsSync(group);
  }
}
