/** The Scoop manifest and install.ps1. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import pkg from "../../package.json" with { type: "json" };
import { parseCommandLine } from "../../src/cli/args.ts";
import { readPowerShell } from "./powershell.ts";

const ROOT = join(import.meta.dir, "../..");
const INSTALLER = readFileSync(join(ROOT, "install.ps1"), "utf8");
const MANIFEST: unknown = JSON.parse(readFileSync(join(ROOT, "packaging/scoop/ollama-proxy.json"), "utf8"));

const url = v.pipe(v.string(), v.url());
const architectures = <T extends v.GenericSchema>(entry: T) =>
  v.strictObject({ "64bit": entry, arm64: entry });

/** The part of Scoop's schema that the manifest uses. Like Scoop's, it rejects unknown members. */
const manifestSchema = v.strictObject({
  version: v.pipe(v.string(), v.regex(/^[\w.\-+_]+$/)),
  description: v.string(),
  homepage: url,
  license: v.string(),
  notes: v.array(v.string()),
  suggest: v.record(v.string(), v.string()),
  architecture: architectures(
    v.strictObject({ url, hash: v.pipe(v.string(), v.regex(/^[a-fA-F0-9]{64}$/)) }),
  ),
  bin: v.string(),
  shortcuts: v.array(v.pipe(v.array(v.string()), v.minLength(2), v.maxLength(4))),
  post_install: v.string(),
  pre_uninstall: v.string(),
  checkver: v.literal("github"),
  autoupdate: v.strictObject({
    architecture: architectures(v.strictObject({ url })),
    hash: v.strictObject({ url: v.string() }),
  }),
});
const manifest = v.parse(manifestSchema, MANIFEST);

test("the manifest's updates have the same source as its current version", () => {
  for (const [name, { url: pattern }] of Object.entries(manifest.autoupdate.architecture)) {
    const present = name === "arm64" ? manifest.architecture.arm64 : manifest.architecture["64bit"];
    expect(pattern.replaceAll("$version", pkg.version)).toBe(present.url);
  }
});

test("a Scoop update keeps the service running until the new version replaces it", () => {
  expect(manifest.pre_uninstall).toStartWith("if ($cmd -eq 'uninstall') {");
  // The running program is a copy, so Scoop finds no process of the app. The script replaces the copy.
  expect(manifest.post_install).toContain("install.ps1");
});

test.each([
  ["install.ps1", INSTALLER],
  ["post_install", manifest.post_install],
  ["pre_uninstall", manifest.pre_uninstall],
])("%s is PowerShell", (_name, text) => {
  expect(readPowerShell(text).isValid).toBe(true);
  // Windows PowerShell would read other characters in the code page of the system.
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
});

test("other text is not parsed as PowerShell", () => {
  expect(readPowerShell(INSTALLER.replace("program) {", "program {")).isValid).toBe(false);
});

test("install.ps1 calls only commands of every Windows, and the program", () => {
  expect(readPowerShell(INSTALLER).commands.toSorted()).toEqual([
    "$program",
    "Join-Path",
    "Select-Object",
    "Set-StrictMode",
    "Test-Path",
    "Unblock-File",
    "Where-Object",
  ]);
});

test.each(["install", "uninstall"])("the program has the command of install.ps1: %s", (action) => {
  expect(INSTALLER).toContain(`$action = '${action}'`);
  expect(INSTALLER).toContain("$words = @('service', $action)");
  expect(INSTALLER).toContain("$words += '--dry-run'");
  const parsed = parseCommandLine(["service", action, "--dry-run"]);
  expect(parsed).toMatchObject({
    command: "service",
    options: { argument: action, flags: { "dry-run": "" } },
  });
});

test("install.ps1 reports a failure of the program", () => {
  expect(INSTALLER).toMatch(/& \$program \$words\nif \(\$LASTEXITCODE -ne 0\) \{\n {4}throw /);
});
