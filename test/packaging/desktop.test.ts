/** The files for a double click on Linux and macOS, with a stand-in for the program. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const isUnix = process.platform !== "win32";
const DESKTOP = join(import.meta.dir, "../../packaging/desktop");

let folder: string;
beforeEach(() => {
  // With a space, as in folder names of desktops.
  folder = mkdtempSync(join(tmpdir(), "unpacked here-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function beProgram(script: string): void {
  writeFileSync(join(folder, "ollama-proxy"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "ollama-proxy"), 0o755);
}

/** The words of `Exec`, unquoted as in the Desktop Entry Specification: first the value, then each argument. */
function readExec(): readonly string[] {
  const entry = readFileSync(join(DESKTOP, "ollama-proxy.desktop"), "utf8");
  const [, value = ""] = /^Exec=(.*)$/m.exec(entry) ?? [];
  const words = value.replaceAll("\\\\", "\\").matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g);
  return [...words].map(([, quoted, plain = ""]) => quoted?.replaceAll(/\\(.)/g, "$1") ?? plain);
}

function startEntry() {
  const path = join(folder, "ollama-proxy.desktop");
  const words = readExec().map((word) => (word === "%k" ? path : word));
  return Bun.spawn(words, {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
}

test.if(isUnix)("the desktop entry starts the program in its folder, and ends with it", async () => {
  beProgram("echo it runs");
  const child = startEntry();
  expect(await child.stdout.text()).toBe("it runs\n");
  expect(await child.exited).toBe(0);
});

test.if(isUnix)("the desktop entry shows an error until Enter is pressed", async () => {
  beProgram("echo it is taken; exit 75");
  const child = startEntry();
  let screen = "";
  for await (const chunk of child.stdout) {
    screen += new TextDecoder().decode(chunk);
    if (!screen.endsWith("window\n")) continue;
    expect(child.exitCode).toBe(null);
    await child.stdin.write("\n");
    await child.stdin.end();
  }
  expect(screen).toBe("it is taken\n\nPress Enter to close this window\n");
  expect(await child.exited).toBe(0);
});

test.if(isUnix)(
  "the command for Finder starts the program in its folder from every working directory",
  () => {
    beProgram('echo "it runs in $PWD"; exit 75');
    copyFileSync(join(DESKTOP, "ollama-proxy.command"), join(folder, "ollama-proxy.command"));
    const { exitCode, stdout } = Bun.spawnSync([join(folder, "ollama-proxy.command")], { cwd: "/" });
    expect({ exitCode, stdout: stdout.toString() }).toEqual({
      exitCode: 75,
      stdout: `it runs in ${folder}\n`,
    });
  },
);
