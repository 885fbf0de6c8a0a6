/**
 * Tests an executable, or the one in an archive, on its own system.
 *
 *   bun packaging/ci/try.ts dist/ollama-proxy
 *   bun packaging/ci/try.ts "release/files/*-windows-x64.*"
 */
import { chmodSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pkg from "../../package.json" with { type: "json" };

const isWindows = process.platform === "win32";
const home = mkdtempSync(join(tmpdir(), "try-"));
const env = { ...process.env, HOME: home, USERPROFILE: home };

/** The path of the executable. An archive is unpacked with the tar of the system. */
function locate(pattern: string): string {
  const [found = ""] = [...new Bun.Glob(pattern.replaceAll("\\", "/")).scanSync()];
  const plain = [pattern, `${pattern}.exe`].find((path) => existsSync(path));
  if (plain !== undefined && !/\.(?:gz|zip)$/.test(plain)) return resolve(plain);
  const tar = isWindows ? "C:\\Windows\\System32\\tar.exe" : "tar";
  const { exitCode } = Bun.spawnSync([tar, "-xf", resolve(found), "-C", home]);
  if (found === "" || exitCode !== 0) throw new Error(`Cannot unpack "${found}", found for "${pattern}"`);
  const [path = ""] = [...new Bun.Glob(`**/ollama-proxy${isWindows ? ".exe" : ""}`).scanSync(home)];
  return join(home, path);
}

function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`Expected ${what} "${String(expected)}", got "${String(actual)}"`);
  console.log(`${what}: ${String(actual)}`);
}

function run(...words: readonly string[]): string {
  return Bun.spawnSync([program, ...words], { env, stderr: "inherit" })
    .stdout.toString()
    .trim();
}

const program = locate(process.argv[2] ?? "dist/ollama-proxy");
if (!isWindows) chmodSync(program, 0o755);
expectEqual(run("--version"), pkg.version, "version");
expectEqual(run("service", "install", "--dry-run").includes("run "), true, "steps to install a service");

const server = Bun.spawn([program, "serve", "--port", "0"], { env, stdout: "pipe", stderr: "pipe" });
let log = "";
const decoder = new TextDecoder();
for await (const chunk of server.stderr) {
  log += decoder.decode(chunk, { stream: true });
  if (log.includes('"Listening"')) break;
}
const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(log) ?? [];
const request = { model: "[demo]-echo", messages: [{ role: "user", content: "hello" }] };
const reply = await fetch(`${url}/api/chat`, { method: "POST", body: JSON.stringify(request) });
const lines = (await reply.text()).trimEnd().split("\n");
server.kill();
expectEqual(lines.length > 2 && lines.at(-1)?.includes('"done":true'), true, "streamed answer");
