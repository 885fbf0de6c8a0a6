/** Runs the Windows executable of a release with Wine. */
import { beforeAll, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { tryRun, buildAll, createFolder, mustSkip, type Outcome, ROOT, run, waitUntil } from "./commands.ts";

const COMPILER = "x86_64-w64-mingw32-gcc";
const WINE = "/usr/lib/wine/wine64";
const isSkipped = mustSkip("the Windows executable", COMPILER, WINE, "bsdtar", "git");
const onWindows = test.skipIf(isSkipped);

const folder = createFolder("windows", endWine);
const prefix = join(folder, "prefix");
const executable = join(folder, "program/ollama-proxy.exe");
const environment = { WINEPREFIX: prefix, WINEDEBUG: "-all", PATH: process.env["PATH"], HOME: folder };

function start(words: readonly string[], more: { readonly [name: string]: string } = {}): Promise<Outcome> {
  return tryRun([WINE, executable, ...words], { ...environment, ...more });
}

/** The home directory of the user in Wine. */
function home(): string {
  const users = readdirSync(join(prefix, "drive_c/users"));
  return join(prefix, "drive_c/users", users.find((name) => name !== "Public") ?? "");
}

async function endWine(): Promise<void> {
  if (!isSkipped) await tryRun(["/usr/lib/wine/wineserver64", "-k"], environment);
}

beforeAll(async () => {
  if (isSkipped) return;
  await buildAll(folder, "windows-x64");
  mkdirSync(join(folder, "program"));
  const archive = join(folder, `ollama-proxy-${pkg.version}-windows-x64.zip`);
  await run("bsdtar", "-xf", archive, "-C", join(folder, "program"));
  const stub = ["-shared", "-o", join(folder, "program/bcryptprimitives.dll")];
  await run(COMPILER, ...stub, join(ROOT, "packaging/test-env/bcryptprimitives.c"), "-ladvapi32");
  await run(COMPILER, "-o", join(folder, "stand-in.exe"), join(ROOT, "packaging/test-env/stand-in.c"));
  await tryRun([WINE, "wineboot", "-i"], environment);
}, 120_000);

onWindows("it is the version it says, and takes a mistake for one", async () => {
  expect(await start(["--version"])).toEqual({ exitCode: 0, stdout: pkg.version, stderr: "" });
  expect((await start(["--prot"])).exitCode).toBe(2);
});

onWindows("a first start writes the sample into the user's profile, and answers", async () => {
  const child = Bun.spawn([WINE, executable, "serve", "--port", "0"], {
    env: environment,
    stdin: "ignore",
    // A pipe is not a terminal, so the program writes log lines.
    stdout: "pipe",
    stderr: "pipe",
  });
  let url = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) {
    [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(decoder.decode(chunk)) ?? [];
    if (url !== "") break;
  }
  const body = JSON.stringify({ model: "[demo]-echo", messages: [{ role: "user", content: "hello" }] });
  const lines = (await (await fetch(`${url}/api/chat`, { method: "POST", body })).text())
    .trimEnd()
    .split("\n");
  child.kill("SIGKILL");
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.at(-1)).toContain('"done":true');
  expect(existsSync(join(home(), "ollama-proxy.yaml"))).toBe(true);
});

onWindows("a wrong configuration is explained, and ends with 78", async () => {
  writeFileSync(join(home(), "ollama-proxy.yaml"), "prot: 1\n");
  const { exitCode, stderr } = await start(["serve"]);
  expect(exitCode).toBe(78);
  expect(stderr).toContain("did you mean `port`?");
});

/** Opens a console of its own, like a double click. */
function openWindow(...words: readonly string[]) {
  let screen = "";
  const child = Bun.spawn([WINE, executable, ...words], {
    env: environment,
    terminal: { data: (_terminal, bytes) => void (screen += new TextDecoder().decode(bytes)) },
  });
  const shows = (text: string) => waitUntil(() => Promise.resolve(screen.includes(text)), `it shows ${text}`);
  /** Returns whether the window is closed. */
  const press = (key: string): boolean => {
    child.terminal?.write(key);
    return child.exitCode !== null;
  };
  return { shows, press, exited: child.exited };
}

onWindows(
  "a double click opens a window, which stays open after an error until Enter is pressed",
  async () => {
    writeFileSync(join(home(), "ollama-proxy.yaml"), "port: 0\nproviders:\n");
    const window = openWindow();
    await window.shows("Press Ctrl-C to stop.");
    window.press("\u0003");
    expect(await window.exited).toBe(0);

    writeFileSync(join(home(), "ollama-proxy.yaml"), "prot: 1\n");
    const broken = openWindow();
    await broken.shows("did you mean `port`?");
    await broken.shows("Press Enter to close this window");
    // Wine loses a key that is pressed before the program reads.
    await waitUntil(() => Promise.resolve(broken.press("\r")), "it closes after Enter");
    expect(await broken.exited).toBe(78);
  },
);

onWindows("without administrator rights it is installed as a scheduled task that runs a copy", async () => {
  const copy = join(home(), "AppData/Local/Programs/ollama-proxy/ollama-proxy.exe");
  expect(await start(["service", "install"])).toMatchObject({ exitCode: 0, stderr: "" });
  expect(readFileSync(copy).equals(readFileSync(executable))).toBe(true);
  expect(await start(["service", "uninstall"])).toMatchObject({ exitCode: 0, stderr: "" });
  expect(existsSync(copy)).toBe(false);
});

function toWindows(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

/** An environment whose PATH begins with stand-ins, and the file with their calls. */
function standIn(...names: readonly string[]) {
  const standIns = mkdtempSync(join(folder, "stand-ins-"));
  for (const name of names) copyFileSync(join(folder, "stand-in.exe"), join(standIns, `${name}.exe`));
  const calls = join(standIns, "calls");
  return {
    more: { WINEPATH: toWindows(standIns), CALLS: toWindows(calls) },
    called: () => readFileSync(calls, "utf8").replaceAll("\r", ""),
  };
}

onWindows("an administrator gets a service by way of NSSM", async () => {
  const { more, called } = standIn("nssm", "whoami", "sc", "icacls", "schtasks", "taskkill");
  expect(await start(["service", "install"], more)).toMatchObject({ exitCode: 0, stderr: "" });
  expect(called()).toContain("nssm set ollama-proxy AppParameters serve\n");
  expect(called()).toContain('obj= "NT AUTHORITY\\LocalService" password= ""\n');
  expect(called().trimEnd()).toEndWith("nssm start ollama-proxy");
  expect(existsSync(join(prefix, "drive_c/Program Files/ollama-proxy/ollama-proxy.exe"))).toBe(true);
});

onWindows("everyone else may look at the service, and is told how to change it", async () => {
  const { more, called } = standIn("sc");
  expect((await start(["service", "status"], more)).exitCode).toBe(0);
  expect(called().trimEnd()).toEndWith("sc.exe query ollama-proxy");
  const { exitCode, stderr } = await start(["service", "uninstall"], more);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("run the command again as administrator");
});
