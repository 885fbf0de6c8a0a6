/** `ollama-proxy setup` shows or writes the settings of apps, and changes nothing else. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseDocument } from "yaml";
import { APPS } from "../../src/cli/setup/apps.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { startKeyedHost } from "../support/keyed-host.ts";
import { Home } from "../support/program.ts";
import type { Upstream } from "../support/upstream.ts";

const URL = "http://127.0.0.1:4567";

let home: Home;
let host: Upstream;
beforeEach(() => {
  home = new Home();
  host = startKeyedHost({ key: undefined, models: ["first", "second"] });
  home.write(`port: 4567\nproviders: [{name: p, url: "${host.url}"}]\n`);
});
afterEach(() => {
  host[Symbol.dispose]();
  home.remove();
});

/** Where each app reads its settings on Linux. */
const FILES: { readonly [app: string]: string } = {
  vscode: ".config/Code/User/chatLanguageModels.json",
  zed: ".config/zed/settings.json",
  continue: ".continue/config.yaml",
  cline: ".cline/data/settings/providers.json",
  opencode: ".config/opencode/opencode.json",
  codex: ".codex/ollama-proxy.config.toml",
  claude: ".claude/settings.json",
  aider: ".aider.conf.yml",
};

/** What must be in the file, as the app reads it. */
const EXPECTED: { readonly [app: string]: object } = {
  vscode: [{ vendor: "ollama", name: "Ollama", url: URL }],
  zed: { language_models: { ollama: { api_url: URL } } },
  continue: { models: [{ name: "ollama-proxy", provider: "ollama", model: "AUTODETECT", apiBase: URL }] },
  cline: {
    lastUsedProvider: "ollama",
    providers: { ollama: { settings: { model: "[p]-first", baseUrl: `${URL}/v1`, apiKey: "ollama" } } },
  },
  opencode: {
    provider: {
      "ollama-proxy": {
        options: { baseURL: `${URL}/v1` },
        models: { "[p]-first": { name: "[p]-first" }, "[p]-second": { name: "[p]-second" } },
      },
    },
  },
  codex: {
    model: "[p]-first",
    model_provider: "ollama-proxy",
    model_providers: { "ollama-proxy": { base_url: `${URL}/v1`, wire_api: "responses" } },
  },
  claude: { env: { ANTHROPIC_BASE_URL: URL, ANTHROPIC_DEFAULT_SONNET_MODEL: "[p]-first" } },
  aider: { model: "ollama_chat/[p]-first", "set-env": [`OLLAMA_API_BASE=${URL}`] },
};

function parse(path: string): unknown {
  const text = readFileSync(path, "utf8");
  if (path.endsWith(".json")) return JSON.parse(text);
  return path.endsWith(".toml") ? Bun.TOML.parse(text) : parseDocument(text).toJS();
}

function withoutTimes(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
}

const isLinux = process.platform === "linux";

test("the command knows the apps of the table", () => {
  expect(COMMANDS.setup.argument?.choices).toEqual(APPS.map(({ name }) => name));
});

test.if(isLinux).each(Object.keys(FILES))("%s: settings are shown, and written once", async (app) => {
  const path = join(home.directory, FILES[app] ?? "");
  const shown = await home.run("setup", app);
  expect(shown).toMatchObject({ exitCode: 0, stderr: "" });
  expect(shown.stdout).toStartWith(`Add this to ${path}:\n\n`);
  expect(existsSync(path)).toBe(false);

  const written = await home.run("setup", app, "--write");
  expect(written).toMatchObject({ exitCode: 0, stderr: "" });
  expect(written.stdout).toStartWith(`Wrote ${path}\nThen:\n`);
  expect(parse(path)).toMatchObject(EXPECTED[app] ?? {});
  expect(withoutTimes(shown.stdout)).toContain(withoutTimes(readFileSync(path, "utf8").trimEnd()));

  const again = await home.run("setup", app, "--write");
  expect(again.stdout).toStartWith(`${path} has these settings already\n`);
});

test.if(isLinux).each([
  ["zed", '// mine\n{\n  "theme": "One", // dark\n}\n'],
  ["claude", '{\n\t"model": "opus",\n\t"env": {\n\t\t"A": "1"\n\t}\n}\n'],
  ["continue", "name: Mine # ours\nmodels:\n  - name: other\n    provider: openai\n"],
  ["aider", "# mine\ndark-mode: true\nmodel: old # the best\n"],
  ["vscode", '[\n  { "vendor": "openai", "name": "x" }\n]\n'],
])("%s: everything else in the file stays, and a copy is kept", async (app, text) => {
  const path = join(home.directory, FILES[app] ?? "");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const { exitCode, stdout } = await home.run("setup", app, "--write", "--model", "[p]-second");
  expect(exitCode).toBe(0);
  expect(stdout).toStartWith(`Wrote ${path}; the previous file is ${path}.backup\n`);
  expect(readFileSync(`${path}.backup`, "utf8")).toBe(text);
  const after = readFileSync(path, "utf8");
  // Each line of the file is still there, apart from a changed value and a comma.
  for (const line of text.split("\n"))
    expect(after).toContain(line.replace("old", "ollama_chat/[p]-second").replace(/",( \/\/.*)?$/, '"'));
  for (const comment of text.match(/(?:\/\/|#) .*/g) ?? []) expect(after).toContain(comment);
});

test.if(isLinux)("a file of another form is not changed, and the settings are shown", async () => {
  const path = join(home.directory, FILES["zed"] ?? "");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "{ broken");
  const { exitCode, stderr } = await home.run("setup", "zed", "--write");
  expect(exitCode).toBe(1);
  expect(stderr).toStartWith(
    `Cannot write ${path}: it is not JSON: see line 1. Nothing was changed. Add this by hand:\n\n{`,
  );
  expect(readFileSync(path, "utf8")).toBe("{ broken");
});

test.each(["jetbrains", "open-webui"])("%s: the steps are shown, and cannot be written", async (app) => {
  const shown = await home.run("setup", app);
  expect(shown).toMatchObject({ exitCode: 0, stderr: "" });
  expect(shown.stdout).toContain(URL);
  const { exitCode, stderr } = await home.run("setup", app, "--write");
  expect(exitCode).toBe(1);
  expect(stderr).toContain("keeps its settings where no other program can write them");
});

test("a key of the proxy is in the URL, or in the app's setting for it", async () => {
  const key = "0123456789abcdef";
  home.write(
    `port: 4567\napi_keys: [{name: me, secret: ${key}}]\nproviders: [{name: p, url: "${host.url}"}]\n`,
  );
  expect((await home.run("setup", "zed")).stdout).toContain(`"api_url": "${URL}/key/${key}"`);
  expect((await home.run("setup", "claude")).stdout).toContain(`"ANTHROPIC_AUTH_TOKEN": "${key}"`);
});

test.if(isLinux)("doctor finds apps that use another address, and names the command", async () => {
  await home.run("setup", "zed", "--write");
  const path = join(home.directory, FILES["claude"] ?? "");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}}');
  const { stdout } = await home.runWith({ OLLAMA_HOST: "10.0.0.1" }, "doctor");
  expect(stdout).toContain(`Zed uses this program (${join(home.directory, FILES["zed"] ?? "")})`);
  expect(stdout).toContain(
    `Claude Code uses http://127.0.0.1:9 (${path}). Fix: ollama-proxy setup claude --write`,
  );
  expect(stdout).toContain(
    `OLLAMA_HOST=10.0.0.1 makes programs use another address than ${URL}. Fix: export OLLAMA_HOST=${URL}`,
  );
});
