/**
 * Coding agents, installed from npm. Each gets a task that needs a file, calls its tool through the program, and reports the result. The
 * model is a script.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arrayAt, isObject, objectAt, stringAt } from "../../src/wire/json.ts";
import { Home } from "../support/program.ts";
import { type Received, startUpstream } from "../support/upstream.ts";

const AGENTS = ["@openai/codex@0.169.0", "@anthropic-ai/claude-code@2.1.330"];
const COMMAND = "echo made by the agent > proof.txt && echo it is there";
const PROMPT = "Make the file proof.txt.";

const root = mkdtempSync(join(tmpdir(), "ollama-proxy-agents-"));

beforeAll(async () => {
  // Newer versions of npm run no install scripts, so the required one is run here.
  const flags = ["--ignore-scripts", "--silent", "--no-fund", "--no-audit", "--prefix", root];
  const place = join(root, "node_modules/@anthropic-ai/claude-code/install.cjs");
  for (const command of [
    ["npm", "install", ...flags, ...AGENTS],
    ["node", place],
  ]) {
    expect(await Bun.spawn(command, { cwd: root }).exited).toBe(0);
  }
}, 120_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The arguments of each agent's tool for commands. */
const TOOLS: { readonly [name: string]: object } = {
  exec_command: { cmd: COMMAND },
  shell: { command: ["bash", "-lc", COMMAND] },
  shell_command: { command: COMMAND },
  Bash: { command: COMMAND, description: "Make the file" },
};

/** A model that calls the tool for commands once, and then repeats the output of the tool. */
function answer({ path, text }: Received): Response {
  // The provider's list is asked for when a request has parameters that an unknown server may not accept.
  if (path.endsWith("/models")) return new Response(null, { status: 404 });
  const body: unknown = JSON.parse(text);
  const last = arrayAt(body, "messages").findLast((message) => stringAt(message, "role") === "tool");
  const names = arrayAt(body, "tools").map((tool) => stringAt(objectAt(tool, "function"), "name") ?? "");
  const name = names.find((each) => each in TOOLS);
  if (last !== undefined) return speak({ content: `The tool said: ${contentOf(last)}` }, "stop");
  if (name === undefined) return speak({ content: "A title" }, "stop");
  const fn = { name, arguments: JSON.stringify(TOOLS[name]) };
  return speak({ tool_calls: [{ index: 0, id: "call_1", type: "function", function: fn }] }, "tool_calls");
}

function contentOf(message: unknown): string {
  const content = isObject(message) ? message["content"] : undefined;
  return typeof content === "string" ? content : JSON.stringify(content);
}

function speak(delta: object, finish: string): Response {
  const chunks = [
    { choices: [{ index: 0, delta: { role: "assistant", ...delta }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: finish }] },
    { choices: [], usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } },
  ];
  const frames = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"];
  return new Response(frames.map((frame) => `data: ${frame}\n\n`).join(""), {
    headers: { "content-type": "text/event-stream" },
  });
}

interface Agent {
  readonly command: readonly string[];
  /** Additional environment variables that make the agent use the program. */
  readonly environment: (url: string, home: string) => { readonly [name: string]: string };
}

const CODEX: Agent = {
  command: ["codex", "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", PROMPT],
  environment: (url, home) => {
    const lines = [
      'model = "[p]-m"',
      'model_provider = "proxy"',
      "[model_providers.proxy]",
      'name = "ollama-proxy"',
      `base_url = "${url}/v1"`,
      'wire_api = "responses"',
    ];
    writeFileSync(join(home, "config.toml"), lines.join("\n"));
    return { CODEX_HOME: home };
  },
};

/** Codex as a client of a local Ollama: it requests the list of models and the version, and then works as above. */
const CODEX_OSS: Agent = {
  command: [
    ...CODEX.command.slice(0, 2),
    "--oss",
    "--local-provider",
    "ollama",
    "-m",
    "[p]-m",
    ...CODEX.command.slice(2),
  ],
  environment: (url, home) => ({ CODEX_HOME: home, CODEX_OSS_BASE_URL: `${url}/v1` }),
};

const CLAUDE: Agent = {
  command: ["claude", "-p", PROMPT, "--model", "[p]-m", "--allowedTools", "Bash"],
  environment: (url) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: "any",
    ANTHROPIC_SMALL_FAST_MODEL: "[p]-m",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
  }),
};

test.each([
  ["Codex", CODEX],
  ["Codex with Ollama", CODEX_OSS],
  ["Claude Code", CLAUDE],
])(
  "%s runs a tool and hears what it said",
  async (name, agent) => {
    const home = join(root, name.replaceAll(" ", "-"));
    mkdirSync(home);
    using upstream = startUpstream(answer);
    const proxy = new Home();
    proxy.write(`providers: [{name: p, url: "${upstream.url}/v1", secret: null, models: [m]}]`);
    const serving = proxy.serve();
    const [url = ""] = await serving.urls();
    const [program = "", ...flags] = agent.command;
    const running = Bun.spawn([join(root, "node_modules/.bin", program), ...flags], {
      cwd: home,
      stdin: "ignore",
      stderr: "pipe",
      env: { PATH: process.env["PATH"], HOME: home, ...agent.environment(url, home) },
      timeout: 60_000,
    });
    const [said, complaints] = await Promise.all([
      new Response(running.stdout).text(),
      new Response(running.stderr).text(),
    ]);
    expect([await running.exited, complaints]).toEqual([0, expect.any(String)]);
    expect(said).toContain("The tool said:");
    expect(said).toContain("it is there");
    expect(await serving.end("SIGTERM")).toBe(0);
    proxy.remove();
    const proof = join(home, "proof.txt");
    expect(existsSync(proof) && readFileSync(proof, "utf8")).toBe("made by the agent\n");
  },
  90_000,
);
