/**
 * The real `ollama launch` sets up agents for the program. The agents are stand-ins that record how they are started, and use what they
 * were given. Needs Ollama 0.33 or newer: in PATH, or in the variable OLLAMA.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { post } from "../support/app.ts";
import { startKeyedHost } from "../support/keyed-host.ts";
import { Home, type Serving } from "../support/program.ts";

const OLLAMA = process.env["OLLAMA"] ?? Bun.which("ollama");
const MODEL = "[p]-m";

const home = new Home();
const bin = join(home.directory, "bin");
const host = startKeyedHost({ key: undefined, models: ["m"] });
let serving: Serving;
let url = "";

beforeAll(async () => {
  home.write(`providers: [{name: p, url: "${host.url}"}]\n`);
  serving = home.serve();
  [url = ""] = await serving.urls();
  mkdirSync(bin);
  for (const name of ["claude", "codex", "opencode", "cline"]) {
    const path = join(bin, name);
    // Ollama asks Codex for its version first.
    const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo "${name} 99.0.0"; exit; fi\necho "$@" > '${home.directory}/${name}.args'\nenv > '${home.directory}/${name}.env'\n`;
    writeFileSync(path, script);
    chmodSync(path, 0o755);
  }
});

afterAll(async () => {
  await serving.end("SIGTERM");
  host[Symbol.dispose]();
  home.remove();
});

/** The arguments and the variables that `ollama launch` gives the agent. */
async function launch(agent: string): Promise<{ readonly args: string; readonly environment: string }> {
  const child = Bun.spawn([OLLAMA ?? "ollama", "launch", agent, "--model", MODEL, "--yes"], {
    cwd: home.directory,
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: home.directory, OLLAMA_HOST: url },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect({ exitCode: await child.exited, output, errors }).toMatchObject({ exitCode: 0 });
  const read = (kind: string): string => readFileSync(join(home.directory, `${agent}.${kind}`), "utf8");
  return { args: read("args").trim(), environment: read("env") };
}

test.if(OLLAMA !== null)("Claude Code", async () => {
  const { args, environment } = await launch("claude");
  expect(args).toBe(`--model ${MODEL}`);
  expect(environment).toContain(`\nANTHROPIC_BASE_URL=${url}\n`);
  expect(environment).toContain(`\nANTHROPIC_DEFAULT_SONNET_MODEL=${MODEL}\n`);
  const messages = [{ role: "user", content: "hi" }];
  const response = await post(`${url}/v1/messages`, { model: MODEL, max_tokens: 5, messages });
  expect(await response.text()).toContain('"text":"Hi"');
});

test.if(OLLAMA !== null)("Codex", async () => {
  const { args } = await launch("codex");
  expect(args).toContain("--profile ollama-launch ");
  expect(args).toEndWith(`-m ${MODEL}`);
  const profile = readFileSync(join(home.directory, ".codex/ollama-launch.config.toml"), "utf8");
  expect(Bun.TOML.parse(profile)).toMatchObject({
    model: MODEL,
    model_providers: { "ollama-launch": { base_url: `${url}/v1/`, wire_api: "responses" } },
  });
  const response = await post(`${url}/v1/responses`, { model: MODEL, input: "hi" });
  expect(await response.text()).toContain('"text":"Hi"');
});

test.if(OLLAMA !== null)("opencode", async () => {
  const { environment } = await launch("opencode");
  const content = /^OPENCODE_CONFIG_CONTENT=(.*)$/m.exec(environment)?.[1] ?? "";
  expect(JSON.parse(content)).toMatchObject({
    model: `ollama/${MODEL}`,
    provider: { ollama: { options: { baseURL: `${url}/v1` }, models: { [MODEL]: { name: MODEL } } } },
  });
});

test.if(OLLAMA !== null)("Cline", async () => {
  await launch("cline");
  const settings = readFileSync(join(home.directory, ".cline/data/settings/providers.json"), "utf8");
  expect(JSON.parse(settings)).toMatchObject({
    lastUsedProvider: "ollama",
    providers: { ollama: { settings: { model: MODEL, baseUrl: `${url}/v1` } } },
  });
});
