/**
 * Runs every command of the README in a shell. The program, curl and tar are real. All other programs are stand-ins that record their calls,
 * and the calls are compared with the packages. The shell finds no other programs, so an unknown command fails.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import pkg from "../package.json" with { type: "json" };
import { packTar } from "../packaging/release/archive.ts";
import { parseCommandLine } from "../src/cli/args.ts";
import { parseConfig } from "../src/config/load.ts";
import { WINDOWS_SERVICES } from "../src/service/windows.ts";
import { readPowerShell } from "./packaging/powershell.ts";
import { EXECUTABLE } from "./support/executable.ts";
import { startHost } from "./support/host.ts";
import { Home, type Serving } from "./support/program.ts";
import { blocksOf, README, ROOT, SPANS } from "./support/readme.ts";
import type { Upstream } from "./support/upstream.ts";

const isLinux = process.platform === "linux";
const USER = "alice";
const OWNER = new URL(pkg.homepage).pathname.split("/")[1];
const INSTALLER = readFileSync(join(ROOT, "install.ps1"), "utf8");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

type Check = (words: readonly string[]) => void;

function isPackage(name = ""): void {
  expect(read(`packaging/aur/${name}/PKGBUILD`)).toContain(`\npkgname=${name}\n`);
}

function isScript(name = ""): void {
  expect(Object.keys(pkg.scripts)).toContain(name);
}

/** `ollama-proxy@alice` is an instance of the template unit. The unit of a user session has no `@`. */
function isUnit(words: readonly string[]): void {
  const verbs = words.filter((word) => /^(?:enable|restart|try-restart|edit|status|disable)$/.test(word));
  const [unit = ""] = words.filter((word) => word.startsWith("ollama-proxy"));
  const [name, instance] = unit.replace(/\.service$/, "").split("@");
  if (words.includes("daemon-reload")) return;
  expect(verbs).toHaveLength(1);
  expect(words.includes("--user")).toBe(instance === undefined);
  if (instance !== undefined) expect([USER, "you", "*"]).toContain(instance);
  const file = instance === undefined ? `${name}.service` : `${name}@.service`;
  expect(existsSync(join(ROOT, "packaging/systemd", file))).toBe(true);
}

/** Checks by the name of the called program. */
const CHECKS: { readonly [program: string]: Check } = {
  npx: (words) => {
    expect(words.slice(0, 3)).toEqual(["-y", "--allow-scripts=bun", pkg.packageManager]);
    isScript(words[3] === "run" ? words[4] : words[3]);
  },
  bun: (words) => isScript(words.at(-1)),
  yay: (words) => {
    expect(words[0]).toBe("-S");
    isPackage(words[1]);
  },
  pacman: (words) => {
    expect(words[0]).toBe("-Rs");
    isPackage(words[1]);
  },
  systemctl: isUnit,
  journalctl: (words) => expect(words.slice(0, 2)).toEqual(["--user-unit", "ollama-proxy"]),
  loginctl: (words) => expect(words).toEqual(["enable-linger"]),
  apk: (words) => expect(words).toEqual(["add", "libstdc++"]),
  xattr: (words) => expect(words.slice(0, 2)).toEqual(["-d", "com.apple.quarantine"]),
  gh: (words) => expect(words.join(" ")).toBe(`attestation verify FILE -R ${OWNER}/${pkg.name}`),
  ollama: (words) => {
    if (words[0] === "list") return;
    if (words[0] === "launch") {
      expect(exampleModels()).toContain(words[3] ?? "");
      return;
    }
    expect(words[0]).toBe("run");
    expect(exampleModels()).toContain(words[1] ?? "");
  },
  scoop: checkScoop,
};

/** The model names that apps see with the first example of the README. */
function exampleModels(): readonly string[] {
  const text = blocksOf("yaml")[0]?.replace(/secret_file: .*/, "") ?? "";
  const { config } = parseConfig(text, "ollama-proxy.yaml", { DASHSCOPE_API_KEY: "sk-example" });
  return config.providers.flatMap((provider) =>
    (provider.models ?? []).map((model) => `[${provider.name}]-${model.name}`),
  );
}

function checkScoop([verb, ...words]: readonly string[]): void {
  if (verb === "bucket") {
    expect(words).toEqual(["add", OWNER ?? "", `https://github.com/${OWNER}/scoop-bucket`]);
    return;
  }
  expect(verb).toMatch(/^(?:install|update|uninstall)$/);
  const manifest: { readonly suggest: object } = JSON.parse(read("packaging/scoop/ollama-proxy.json"));
  expect([pkg.name, ...Object.values(manifest.suggest)]).toContain(words[0]);
}

const home = new Home();
const bin = join(home.directory, "bin");
const calls = join(home.directory, "calls");
let host: Upstream | undefined;
let serving: Serving | undefined;
let address = "";

function standIn(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** Makes an archive of a release. Its program runs the executable of the tests. */
function packArchive(): void {
  const data = Buffer.from(`#!/bin/sh\nexec ollama-proxy "$@"\n`);
  const name = `ollama-proxy-${pkg.version}-linux-x64`;
  const entry = { name: `${name}/ollama-proxy`, data, isExecutable: true };
  writeFileSync(join(home.directory, `${name}.tar.gz`), packTar([entry], 0));
}

beforeAll(async () => {
  if (!isLinux) return;
  mkdirSync(bin);
  writeFileSync(calls, "");
  for (const name of Object.keys(CHECKS))
    standIn(name, `{ printf '%s' ${name}; printf '\\037%s' "$@"; echo; } >>'${calls}'`);
  standIn("sudo", 'exec "$@"');
  standIn("id", `[ "$1" = -u ] && echo 1000 || echo ${USER}`);
  standIn("ollama-proxy", `exec '${EXECUTABLE}' "$@"`);
  for (const name of ["curl", "tar", "gzip"]) {
    const program = Bun.which(name);
    if (program === null) throw new Error(`The README's commands need ${name}, which is missing here`);
    symlinkSync(program, join(bin, name));
  }
  packArchive();
  home.write("providers:\n");
  serving = home.serve();
  [address = ""] = await serving.urls();
  host = startHost();
  home.write(labConfiguration());
  await serving.logged("Using the changed configuration");
});

afterAll(async () => {
  await serving?.end("SIGTERM");
  host?.[Symbol.dispose]();
  home.remove();
});

/** With the port of the running program, by which other commands find it. */
function labConfiguration(): string {
  return `port: ${new URL(address).port}\nproviders: [{name: lab, url: "${host?.url}/v1"}]\n`;
}

async function runInShell(text: string) {
  writeFileSync(calls, "");
  const port = String(parseConfig("", "", {}).config.port);
  const script = text.replaceAll(`http://127.0.0.1:${port}`, address);
  const child = Bun.spawn(["/bin/sh", "-ec", script], {
    cwd: home.directory,
    env: { PATH: bin, HOME: home.directory, USER },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  for (const call of readFileSync(calls, "utf8").split("\n").filter(Boolean)) {
    const [program = "", ...words] = call.split("\u001f");
    CHECKS[program]?.(words);
  }
  return { exitCode: await child.exited, stdout, stderr };
}

/** The output of the program, or of curl with a URL of the program. */
const ANSWERS: readonly (readonly [command: RegExp, answer: RegExp])[] = [
  [/curl .*\/api\/chat/, /^(?:\{.*\}\n)+$/],
  [/curl .*\/api\/chat/, /hello[^]*"done":true/],
  [/curl .*\/api\/tags/, /^\{"models":\[\{"name":"\[lab\]-m"/],
  [/ollama-proxy check/, /^ok {6}lab {2}\d models\n/],
  [/ollama-proxy usage .*--json/, /^\{"since":"[^"]+","model":\[/],
  // The requests of the other commands are written a moment later.
  [/ollama-proxy usage (?!.*--json)/, /^There is no history yet|tokens\/s {2}(?:model|app)\n/],
  [/ollama-proxy ui/, /^http:\/\/127\.0\.0\.1:\d+\/ui\/enter\?code=\S+\nThe link works once/],
  [/ollama-proxy service install/, /The service "ollama-proxy" is running/],
  [/ollama-proxy service uninstall/, /The service "ollama-proxy" was removed/],
];

const DEMO = /\[demo\]-echo/;

/** Each line is a command of its own, except in blocks that change the directory. */
const COMMANDS = blocksOf("sh").flatMap((text) => (/^cd /m.test(text) ? [text] : text.trimEnd().split("\n")));

test.if(isLinux).each(COMMANDS)("runs: %s", async (command) => {
  const isDemo = DEMO.test(command);
  if (isDemo) {
    home.write("providers:\n");
    await serving?.logged("Using the changed configuration");
  }
  const { exitCode, stdout, stderr } = await runInShell(command);
  const isNoted = readFileSync(calls, "utf8") !== "";
  const answers = ANSWERS.filter(([pattern]) => pattern.test(command)).map(([, answer]) => answer);
  expect({ exitCode, stderr: /curl/.test(command) ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
  // Every command must be checked by its calls or its output.
  expect(isNoted || answers.length > 0).toBe(true);
  for (const answer of answers) expect(stdout).toMatch(answer);
  if (isDemo) {
    home.write(labConfiguration());
    await serving?.logged("Using the changed configuration");
  }
});

/** Commands in text begin with the name of a program and have arguments. */
const STARTS = new RegExp(`^(?:sudo|${Object.keys(CHECKS).join("|")}) `);

test.if(isLinux).each(SPANS.filter((span) => STARTS.test(span)))("runs: %s", async (command) => {
  expect(await runInShell(command)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(readFileSync(calls, "utf8")).not.toBe("");
});

test.each(SPANS.filter((span) => /^(?:\.\/)?ollama-proxy /.test(span)))("the program knows %s", (command) => {
  expect(parseCommandLine(command.split(" ").slice(1)).type).toBe("run");
});

test.each(SPANS.filter((span) => /^--\w/.test(span) && span !== "--network=host"))(
  "the program knows the flag %s",
  (flag) => {
    const command = flag === "--dry-run" ? ["service", "install"] : ["serve"];
    expect(parseCommandLine([...command, ...flag.split(" ")]).type).toBe("run");
  },
);

test.each(blocksOf("powershell"))("is PowerShell:\n%s", (text) => {
  expect(readPowerShell(text).isValid).toBe(true);
});

test.each(blocksOf("powershell").flatMap((text) => text.trimEnd().split("\n")))(
  "Windows knows: %s",
  (command) => {
    const [program = "", ...words] = command.split(" ");
    if (program === "scoop") return checkScoop(words);
    if (program === "powershell") return isInstaller(words);
    expect(program).toBe("Stop-Service");
    const [names = ""] = command.split(" -");
    const services = names.slice(program.length + 1).replaceAll("'", "");
    expect(services.split(", ")).toEqual(WINDOWS_SERVICES.toReversed());
  },
);

function isInstaller(words: readonly string[]): void {
  expect(words.slice(0, -1)).toEqual(["-ExecutionPolicy", "Bypass", "-File"]);
  expect(words.at(-1)).toBe(".\\install.ps1");
  // The archive for Windows contains the script.
  expect(read("packaging/build-all.ts")).toContain('"install.ps1": "install.ps1"');
}

test.each(SPANS.filter((span) => /^-[A-Z]\w+$/.test(span)))("install.ps1 knows %s", (flag) => {
  const name = flag.slice(1);
  const isOwn = new RegExp(`^ *\\[switch\\] \\$${name}$`, "m").test(INSTALLER);
  expect(isOwn || (name === "WhatIf" && INSTALLER.includes("(SupportsShouldProcess)"))).toBe(true);
});

test("the README names every package and the files for a double click", () => {
  const packages = [...new Bun.Glob("packaging/aur/*/PKGBUILD").scanSync(ROOT)].map((path) =>
    basename(join(path, "..")),
  );
  expect(packages.length).toBe(2);
  const desktop = [...new Bun.Glob("packaging/desktop/*").scanSync(ROOT)].map((path) => basename(path));
  for (const name of [...packages, ...desktop, "ollama-proxy.exe"]) expect(README).toContain(name);
});

// On Windows a program cannot be ended together with its child processes.
test.if(process.platform !== "win32")(
  "the command that starts it all does",
  async () => {
    const own = new Home();
    own.write("port: 0\nproviders:\n");
    const { PATH = "" } = process.env;
    const child = Bun.spawn([process.execPath, "start"], {
      cwd: ROOT,
      env: { PATH, HOME: own.directory, USERPROFILE: own.directory },
      stdout: "pipe",
      stderr: "pipe",
    });
    const decoder = new TextDecoder();
    let url: string | undefined;
    for await (const chunk of child.stderr) {
      url = /http:\/\/127\.0\.0\.1:\d+/.exec(decoder.decode(chunk))?.[0];
      if (url !== undefined) break;
    }
    expect(await (await fetch(url ?? "")).text()).toBe("Ollama is running");
    child.kill("SIGTERM");
    await child.exited;
    own.remove();
  },
  30_000,
);
