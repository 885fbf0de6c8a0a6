/** The service commands on Linux, with stand-ins for systemd's programs that record their calls. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BRIEF_RUN, EXECUTABLE } from "../support/executable.ts";

const isLinux = process.platform === "linux";
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "service-"));
  mkdirSync(join(home, "bin"));
  fake("systemctl", "");
  fake("journalctl", "echo a line");
  beUser("alice", "1000");
});
afterEach(() => rmSync(home, { recursive: true }));

function fake(name: string, body: string): void {
  const path = join(home, "bin", name);
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >>'${home}/calls'\n${body}\n`);
  chmodSync(path, 0o755);
}

function beUser(name: string, id: string): void {
  const path = join(home, "bin/id");
  writeFileSync(path, `#!/bin/sh\n[ "$1" = -u ] && echo ${id} || echo ${name}\n`);
  chmodSync(path, 0o755);
}

function service(...words: readonly string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([EXECUTABLE, "service", ...words], {
    env: { ...BRIEF_RUN, PATH: `${home}/bin`, HOME: home },
  });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

function calls(): readonly string[] {
  const path = join(home, "calls");
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
}

test.if(isLinux)("install starts a user service, and can be repeated", () => {
  const unit = join(home, ".config/systemd/user/ollama-proxy.service");
  const expected = `write ${unit}
run systemctl --user daemon-reload
run systemctl --user enable ollama-proxy
run systemctl --user restart ollama-proxy
The service "ollama-proxy" is running. It starts at login. To start it at boot, run: loginctl enable-linger
`;
  expect(service("install")).toEqual({ exitCode: 0, stdout: expected, stderr: "" });
  expect(readFileSync(unit, "utf8")).toContain(`\nExecStart=${EXECUTABLE} serve\n`);
  expect(service("install").stdout).toBe(expected);
  expect(calls()).toHaveLength(6);
});

test.if(isLinux)("a dry run shows every step and runs none", () => {
  beUser("root", "0");
  expect(service("install", "--dry-run")).toEqual({
    exitCode: 0,
    stdout: `write /etc/systemd/system/ollama-proxy@.service
run systemctl daemon-reload
run systemctl enable ollama-proxy@root
run systemctl restart ollama-proxy@root
`,
    stderr: "",
  });
  expect(calls()).toEqual([]);
});

test.if(isLinux)("the first failed step ends the command, and the error names it", () => {
  fake("systemctl", '[ "$2" = enable ] && exit 5 || exit 0');
  const { exitCode, stderr } = service("install");
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: 'Cannot continue: "systemctl --user enable ollama-proxy" failed with exit code 5\n',
  });
  expect(calls()).toHaveLength(2);
});

test.if(isLinux)("uninstall removes the unit even if no service runs", () => {
  service("install");
  fake("systemctl", '[ "$2" = disable ] && exit 1 || exit 0');
  expect(service("uninstall")).toMatchObject({ exitCode: 0, stderr: "" });
  expect(existsSync(join(home, ".config/systemd/user/ollama-proxy.service"))).toBe(false);
  expect(calls().slice(3)).toEqual([
    "systemctl --user disable --now ollama-proxy",
    "systemctl --user daemon-reload",
  ]);
});

test.if(isLinux)("without systemd the error names the command to run, and nothing is written", () => {
  rmSync(join(home, "bin/systemctl"));
  const { exitCode, stdout, stderr } = service("install");
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toBe(
    `Cannot manage a service without systemd; configure your service manager to run "${EXECUTABLE} serve"\n`,
  );
  expect(existsSync(join(home, ".config"))).toBe(false);
  expect(service("install", "--dry-run")).toMatchObject({ exitCode: 0, stderr: "" });
});

test.if(isLinux)("status and logs print only the output of systemd", () => {
  fake("systemctl", "echo active");
  expect(service("status")).toEqual({ exitCode: 0, stdout: "active\n", stderr: "" });
  fake("systemctl", "echo inactive; exit 3");
  expect(service("status")).toEqual({ exitCode: 1, stdout: "inactive\n", stderr: "" });
  expect(service("logs")).toEqual({ exitCode: 0, stdout: "a line\n", stderr: "" });
});
