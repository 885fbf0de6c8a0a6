/** Coding agents, installed from npm, use the settings that `ollama-proxy setup` writes for them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Home } from "../support/program.ts";
import { startUpstream } from "../support/upstream.ts";

const AGENTS = [
  "@openai/codex@0.169.0",
  "@anthropic-ai/claude-code@2.1.330",
  "opencode-ai@1.18.33",
  "cline@3.0.65",
];

const root = mkdtempSync(join(tmpdir(), "ollama-proxy-setup-"));

beforeAll(async () => {
  const flags = ["--ignore-scripts", "--silent", "--no-fund", "--no-audit", "--prefix", root];
  const modules = join(root, "node_modules");
  for (const command of [
    ["npm", "install", ...flags, ...AGENTS],
    // The scripts that put the programs in place.
    ["node", join(modules, "@anthropic-ai/claude-code/install.cjs")],
    ["node", join(modules, "opencode-ai/postinstall.mjs")],
  ])
    expect(await Bun.spawn(command, { cwd: root }).exited).toBe(0);
}, 180_000);

afterAll(() => {
  // Cline leaves a process of its own behind. Its command line contains this folder, which no other program has.
  Bun.spawnSync(["pkill", "-f", root]);
  rmSync(root, { recursive: true, force: true });
}, 120_000);

function startModel() {
  const chunks = [
    { choices: [{ index: 0, delta: { role: "assistant", content: "Hello from the proxy" } }] },
    { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    { choices: [], usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } },
  ];
  const text = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"];
  return startUpstream(({ path }) =>
    path.endsWith("/models")
      ? Response.json({ object: "list", data: [{ id: "m", object: "model" }] })
      : new Response(text.map((line) => `data: ${line}\n\n`).join(""), {
          headers: { "content-type": "text/event-stream" },
        }),
  );
}

test.each([
  ["codex", ["codex", "exec", "--profile", "ollama-proxy", "--skip-git-repo-check", "Say hello"]],
  ["opencode", ["opencode", "run", "--model", "ollama-proxy/[p]-m", "Say hello"]],
  ["cline", ["cline", "Say hello"]],
  ["claude", ["claude", "-p", "Say hello"]],
])(
  "%s answers from the proxy after `setup --write`",
  async (app, [program = "", ...args]) => {
    using model = startModel();
    const home = new Home();
    const { serving } = await home.serveAt(
      (port) => `port: ${port}\nproviders: [{name: p, url: "${model.url}/v1"}]\n`,
    );
    expect(await home.run("setup", app, "--write")).toMatchObject({ exitCode: 0, stderr: "" });
    const running = Bun.spawn([join(root, "node_modules/.bin", program), ...args], {
      cwd: home.directory,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: {
        PATH: process.env["PATH"],
        HOME: home.directory,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
      },
      timeout: 60_000,
    });
    const [said] = await Promise.all([running.stdout.text(), running.stderr.text()]);
    await running.exited;
    expect(said).toContain("Hello from the proxy");
    expect(model.received.some(({ path }) => path.endsWith("/chat/completions"))).toBe(true);
    expect(await serving.end("SIGTERM")).toBe(0);
    home.remove();
  },
  90_000,
);
