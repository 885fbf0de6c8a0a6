/** The packages for Arch Linux: built from the PKGBUILD, installed as a service, used and removed. */
import { beforeAll, expect, test } from "bun:test";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { buildAll, createFolder, mustSkip, ROOT, run, runScript, waitUntil } from "./commands.ts";
import { Machine } from "./machine.ts";

const folder = createFolder("arch", () => machine.shutDown());
const root = join(folder, "root");
const UNIT = "ollama-proxy@lab";
const TOOLS = ["root", "makepkg", "pacman", "mmdebstrap", "unshare", "nsenter", "runuser", "curl", "git"];

const machine = new Machine(root);
const packages = new Map<string, string>();

/** Uses the files of the release instead of a download, so that the PKGBUILD is the one that users get. */
async function makePackage(name: string, archive: string): Promise<void> {
  copyFileSync(join(folder, "dist", archive), join(folder, "aur", name, archive));
  packages.set(name, await runScript("make-package.sh", join(folder, "aur", name)));
}

function pacman(...words: readonly string[]): Promise<string> {
  const database = ["--root", root, "--dbpath", `${root}/var/lib/pacman`, "--cachedir", folder];
  return run("pacman", "--noconfirm", ...database, "--logfile", `${folder}/pacman.log`, ...words);
}

function configure(text: string): void {
  writeFileSync(join(root, "home/lab/ollama-proxy.yaml"), text);
}

async function preparePackages(): Promise<void> {
  const dist = join(folder, "dist");
  await buildAll(dist, "linux-x64");
  cpSync(join(ROOT, "packaging/aur"), join(folder, "aur"), { recursive: true });
  const render = [join(ROOT, "packaging/release/render.ts"), "--sums", join(dist, "SHA256SUMS")];
  await run(process.execPath, ...render, "--out", folder);
  await makePackage("ollama-proxy-bin", `ollama-proxy-${pkg.version}-linux-x64.tar.gz`);
  await makePackage("ollama-proxy", `ollama-proxy-${pkg.version}.tar.gz`);
}

const isSkipped = mustSkip("the packages for Arch Linux", ...TOOLS);
const onArch = test.skipIf(isSkipped);

beforeAll(async () => {
  if (isSkipped) return;
  // The user that builds the package must be able to read the files, and to find Bun.
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "bin"));
  copyFileSync(process.execPath, join(folder, "bin/bun"));
  chmodSync(join(folder, "bin/bun"), 0o755);
  process.env["PATH"] = `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`;
  await Promise.all([runScript("make-root.sh", root), preparePackages()]);
  await run("chroot", root, "useradd", "--create-home", "lab");
  await pacman("-U", "--assume-installed", "glibc=2.40", packages.get("ollama-proxy-bin") ?? "");
  await machine.boot();
}, 180_000);

onArch.each(["ollama-proxy", "ollama-proxy-bin"])(
  "the .SRCINFO of %s is that of its PKGBUILD",
  async (name) => {
    const aur = join(folder, "aur", name);
    const made = await run("runuser", "-u", "nobody", "--", "env", "-C", aur, "makepkg", "--printsrcinfo");
    expect(`${made.trimEnd()}\n`).toBe(readFileSync(join(aur, ".SRCINFO"), "utf8").trimEnd() + "\n");
  },
);

onArch("what is built from source is what the release holds, to the byte", async () => {
  const built = join(folder, "built");
  mkdirSync(built);
  await run("tar", "-xf", packages.get("ollama-proxy") ?? "", "-C", built);
  const [own, released] = [join(built, "usr/bin/ollama-proxy"), join(folder, "dist/linux-x64/ollama-proxy")];
  expect(readFileSync(own).equals(readFileSync(released))).toBe(true);
  for (const file of ["system/ollama-proxy@.service", "user/ollama-proxy.service"])
    expect(existsSync(join(built, "usr/lib/systemd", file))).toBe(true);
});

onArch("the installed program is ours, and every file is as the package says", async () => {
  expect(await machine.run("ollama-proxy", "--version")).toBe(pkg.version);
  expect(await pacman("-Qkk")).toContain(" 0 altered files");
  for (const file of ["LICENSE", "THIRD-PARTY-NOTICES"])
    expect(await pacman("-Qql")).toContain(`${root}/usr/share/licenses/ollama-proxy/${file}`);
});

onArch("systemd finds no fault with the units, and little that is exposed", async () => {
  const unit = "/usr/lib/systemd/system/ollama-proxy@.service";
  expect(await machine.tryRun("systemd-analyze", "verify", unit.replace("@", "@lab"))).toEqual({
    exitCode: 0,
    stdout: "",
    stderr: "",
  });
  const userUnit = "/usr/lib/systemd/user/ollama-proxy.service";
  await machine.run("env", "XDG_RUNTIME_DIR=/tmp", "systemd-analyze", "--user", "verify", userUnit);
  await machine.run("systemd-analyze", "security", "--offline=yes", "--threshold=20", unit);
});

onArch("a service without a configuration is ready when it says so, and answers", async () => {
  await machine.run("systemctl", "enable", "--now", UNIT);
  const request = { model: "[demo]-echo", messages: [{ role: "user", content: "hello" }] };
  const lines = (await machine.request("/api/chat", "-d", JSON.stringify(request))).split("\n");
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.join("")).toContain("hello");
  expect(lines.at(-1)).toContain('"done":true');
  expect(await machine.show(UNIT, "NRestarts", "StatusText", "User")).toEqual([
    "NRestarts=0",
    "StatusText=Listening on http://127.0.0.1:11434 and http://[::1]:11434",
    "User=lab",
  ]);
});

/** The priority of the first line of the journal with this beginning; undefined: there is none. */
async function priorityOf(beginning: string): Promise<string | undefined> {
  return (await machine.journal(UNIT)).find(([, text]) => text.startsWith(beginning))?.[0];
}

onArch("the journal knows a warning from what is merely told", async () => {
  // The log is written in batches.
  await waitUntil(async () => (await priorityOf("Listening")) !== undefined, "the journal has the line");
  expect(await priorityOf('Cannot write a sample configuration to "/home/lab/ollama-proxy.yaml"')).toBe("4");
  expect(await priorityOf("Listening")).toBe("6");
});

onArch("a reload takes up the configuration, a broken one changes nothing", async () => {
  configure("providers: [{name: p, url: 'http://127.0.0.1:1', models: [m]}]\n");
  await machine.run("systemctl", "reload", UNIT);
  await waitUntil(async () => (await machine.request("/api/tags")).includes("[p]-m"), "the model is listed");
  configure("prot: 1\n");
  await machine.run("systemctl", "reload", UNIT);
  const isExplained = async (): Promise<boolean> =>
    (await machine.journal(UNIT)).some(([priority, text]) => priority === "3" && text.includes("`port`"));
  await waitUntil(isExplained, "the journal explains the mistake");
  expect(await machine.request("/api/tags")).toContain("[p]-m");
});

onArch("stopping it is no failure", async () => {
  await machine.run("systemctl", "stop", UNIT);
  expect(await machine.show(UNIT, "ActiveState", "ExecMainStatus", "Result")).toEqual([
    "ActiveState=inactive",
    "ExecMainStatus=0",
    "Result=success",
  ]);
});

onArch("a broken configuration fails at once, and is not tried again", async () => {
  expect((await machine.tryRun("systemctl", "start", UNIT)).exitCode).toBe(1);
  expect(await machine.show(UNIT, "ActiveState", "ExecMainStatus", "NRestarts")).toEqual([
    "ActiveState=failed",
    "ExecMainStatus=78",
    "NRestarts=0",
  ]);
});

onArch("a user can have it without root", async () => {
  configure("providers:\n");
  await machine.run("loginctl", "enable-linger", "lab");
  const systemctl = ["systemctl", "--user", "--machine", "lab@"];
  await waitUntil(
    async () => (await machine.tryRun(...systemctl, "is-system-running")).stdout === "running",
    "the user's session runs",
  );
  await machine.run(...systemctl, "enable", "--now", "ollama-proxy");
  expect(await machine.request("/")).toBe("Ollama is running");
  await machine.run(...systemctl, "disable", "--now", "ollama-proxy");
});

onArch("removing the package stops and forgets its services, and leaves the configuration", async () => {
  await machine.run("systemctl", "start", UNIT);
  const scriptlet = "/var/tmp/scriptlet";
  copyFileSync(join(ROOT, "packaging/aur/ollama-proxy-bin/ollama-proxy-bin.install"), join(root, scriptlet));
  await machine.run("bash", "-c", `. ${scriptlet}; pre_remove`);
  await pacman("-R", "ollama-proxy-bin");
  expect((await machine.tryRun("systemctl", "is-active", UNIT)).stdout).toBe("inactive");
  expect(existsSync(join(root, "etc/systemd/system/multi-user.target.wants", `${UNIT}.service`))).toBe(false);
  expect(existsSync(join(root, "usr/bin/ollama-proxy"))).toBe(false);
  expect(existsSync(join(root, "home/lab/ollama-proxy.yaml"))).toBe(true);
});

onArch("a downloaded program installs, shows and removes its service by itself", async () => {
  const program = "/home/lab/unpacked here/ollama-proxy";
  mkdirSync(join(root, "home/lab/unpacked here"));
  copyFileSync(join(folder, "dist/linux-x64/ollama-proxy"), join(root, program));
  // The environment of sudo.
  const service = (action: string) => machine.run("env", "SUDO_USER=lab", program, "service", action);
  const installed = 'The service "ollama-proxy@lab" is running. It starts at every boot';
  expect(await service("install")).toEndWith(installed);
  expect(await machine.request("/")).toBe("Ollama is running");
  expect(await machine.show(UNIT, "User", "UnitFileState")).toEqual(["UnitFileState=enabled", "User=lab"]);
  expect(await service("install")).toEndWith(installed);
  expect(await service("status")).toContain("active (running)");
  expect(await service("logs")).toContain("Listening");
  expect(await service("uninstall")).toContain("was removed");
  expect((await machine.tryRun("systemctl", "is-enabled", UNIT)).stdout).toBe("disabled");
  expect((await machine.tryRun("systemctl", "is-active", UNIT)).stdout).toBe("inactive");
});
