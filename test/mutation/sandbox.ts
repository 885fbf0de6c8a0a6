/** A copy of the repository for running mutants. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Run {
  /** `timeout`: the run did not end in time and was killed. */
  readonly result: "pass" | "fail" | "timeout";
  readonly output: string;
  readonly ms: number;
}

const ROOT = join(import.meta.dir, "../..");

export class Sandbox implements AsyncDisposable {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** Copies the files that Git tracks or would track. The packages are shared, but not the files that tests write next to them. */
  static async create(): Promise<Sandbox> {
    const root = await mkdtemp(join(tmpdir(), "mutation-"));
    const listed = await Bun.$`git ls-files --cached --others --exclude-standard`.cwd(ROOT).text();
    for (const file of listed.trimEnd().split("\n")) {
      // The index still lists deleted files.
      if (!existsSync(join(ROOT, file))) continue;
      await mkdir(dirname(join(root, file)), { recursive: true });
      await copyFile(join(ROOT, file), join(root, file));
    }
    await mkdir(join(root, "node_modules"));
    for (const name of await readdir(join(ROOT, "node_modules"))) {
      if (name !== ".cache")
        await symlink(join(ROOT, "node_modules", name), join(root, "node_modules", name));
    }
    await Bun.$`git init --quiet && git add --all`.cwd(root);
    return new Sandbox(root);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  read(file: string): Promise<string> {
    return Bun.file(join(this.root, file)).text();
  }

  async write(file: string, text: string): Promise<void> {
    await Bun.write(join(this.root, file), text);
  }

  /** Runs a program to its end, or kills it with all its child processes. */
  async run(command: readonly string[], limitMs: number): Promise<Run> {
    const startedMs = performance.now();
    const [program = "", ...args] = command;
    const child = spawn(program, args, { cwd: this.root, detached: true, env: process.env });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes: Buffer) => void output.push(bytes.toString()));
    }
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      killGroup(child);
    }, limitMs);
    const code = await new Promise<number | null>((resolve) => void child.on("exit", resolve));
    clearTimeout(timer);
    killGroup(child);
    const result = isLate ? "timeout" : code === 0 ? "pass" : "fail";
    return { result, output: output.join(""), ms: performance.now() - startedMs };
  }
}

/** Ends the programs that a killed test has started. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // The group no longer exists.
  }
}
