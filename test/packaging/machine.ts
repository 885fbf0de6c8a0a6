/** A system with systemd in its own namespaces on this machine. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { tryRun, type Outcome, ROOT, run, waitUntil } from "./commands.ts";

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
    await waitUntil(() => this.#isRunning(launcher), "systemd has booted");
  }

  /** Runs a program of the system inside it. */
  tryRun(...command: readonly string[]): Promise<Outcome> {
    return tryRun(["nsenter", "-t", this.#init, "-m", "-p", "-u", "-i", "-n", "-C", ...command], {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      PAGER: "cat",
    });
  }

  async run(...command: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.tryRun(...command);
    if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Requests a URL of a server in the system, with curl of this machine. */
  request(path: string, ...flags: readonly string[]): Promise<string> {
    const url = `http://127.0.0.1:11434${path}`;
    return run("nsenter", "-t", this.#init, "-n", "curl", "-sSfN", "-m", "10", ...flags, url);
  }

  async show(unit: string, ...properties: readonly string[]): Promise<readonly string[]> {
    const text = await this.run("systemctl", "show", unit, "--property", properties.join(","));
    return text.split("\n").toSorted();
  }

  /** The journal of a unit. */
  async journal(unit: string): Promise<readonly (readonly [priority: string, text: string])[]> {
    const lines = await this.run("journalctl", "--unit", unit, "--output", "json", "--no-pager");
    return lines.split("\n").map((line) => {
      const entry: { readonly PRIORITY: string; readonly MESSAGE: string } = JSON.parse(line);
      return [entry.PRIORITY, entry.MESSAGE];
    });
  }

  async shutDown(): Promise<void> {
    if (this.#launcher === undefined) return;
    // The launcher ignores other signals while its child runs.
    if (this.#init !== "") process.kill(Number(this.#init), "SIGKILL");
    this.#launcher.kill("SIGKILL");
    await this.#launcher.exited;
    await waitUntil(
      () => Promise.resolve(removeGroups(this.#group)),
      "the machine's control groups are gone",
    );
  }

  async #isRunning({ exitCode, pid }: Bun.Subprocess): Promise<boolean> {
    if (exitCode !== null) throw new Error("The machine did not boot");
    this.#init = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    if (this.#init === "") return false;
    return (await this.tryRun("systemctl", "is-system-running")).stdout === "running";
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
