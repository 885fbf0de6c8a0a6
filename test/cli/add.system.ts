/** `ollama-proxy add` in a real pseudo-terminal of each width. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { EXECUTABLE } from "../support/executable.ts";
import { startKeyedHost } from "../support/keyed-host.ts";
import { Home, namesAt } from "../support/program.ts";
import { Pty } from "../support/pty.ts";

const KEY = "right-key-12345";
const DOWN = "\u001b[B";
const UP = "\u001b[A";

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

function start(
  columns: number,
  args: readonly string[],
  environment: { readonly [name: string]: string } = {},
): Pty {
  return new Pty([EXECUTABLE, ...args], { columns, directory: home.directory, environment });
}

describe.each([100, 80, 40])("in %d columns", (columns) => {
  test("a provider at a URL is added with a typed key and chosen models, and the key is never shown", async () => {
    using host = startKeyedHost({ key: KEY, models: ["qwen3-max", "qwen3-coder", "glm-4.5"] });
    home.write("# mine\nport: 1\n");
    await using pty = start(columns, ["add"]);
    await pty.shows("Provider: _");
    await pty.shows("> OpenAI");
    pty.type(host.url);
    await pty.shows(`> The API at ${host.url}`.slice(0, columns - 2));
    pty.type("\r");
    await pty.shows("API key (not shown");
    pty.type("wrong-key-12345\r");
    await pty.shows("> Type the key again");
    pty.type("\r");
    await pty.shows("15 characters\nTesting");
    pty.type(`${KEY}\r`);
    await pty.shows("Show: _");
    pty.type("\u0015choose\r");
    await pty.shows("> [ ] qwen3-max");
    pty.type("qwen\t");
    await pty.shows("> [x] qwen3-max");
    pty.type("\r");
    await pty.shows("Apps show the models as");
    pty.type("\u0015mine\r");
    expect(await pty.exitCode()).toBe(0);
    expect(pty.screen).toContain('Added "mine" with 2 models');
    expect(pty.screen).not.toContain(KEY);
    expect(readFileSync(home.config, "utf8")).toBe(
      `# mine\nport: 1\nproviders:\n- name: mine\n  url: ${host.url}\n  secret: ${KEY}\n  models:\n  - qwen3-max\n  - qwen3-coder\n`,
    );
    expect(statSync(home.config).mode & 0o777).toBe(0o600);
  });

  test("a key in the environment is offered first, and only its variable is written", async () => {
    home.write("port: 1\n");
    await using pty = start(columns, ["add", "--skip-test"], { GROQ_API_KEY: KEY });
    await pty.shows("> Groq  GROQ_API_KEY is set");
    pty.type(DOWN + UP + "\r");
    await pty.shows("> Use the environment variable GROQ_");
    pty.type("\r");
    await pty.shows("Name: groq_");
    pty.type("\r");
    expect(await pty.exitCode()).toBe(0);
    expect(pty.screen).not.toContain(KEY);
    expect(readFileSync(home.config, "utf8")).toBe(
      "port: 1\nproviders:\n- name: groq\n  url: https://api.groq.com/openai/v1\n  secret: ${GROQ_API_KEY}\n",
    );
  });
});

describe.each([100, 80, 40])("when a question is open in %d columns", (columns) => {
  test("Ctrl-C changes nothing and leaves the terminal as it was", async () => {
    home.write("port: 1\n");
    await using pty = new Pty(["/bin/sh", "-c", `${EXECUTABLE} add; stty -a; echo done`], {
      columns,
      directory: home.directory,
    });
    await pty.shows("Provider: _");
    pty.type("open");
    await pty.shows("> OpenAI");
    pty.type("\u0003");
    await pty.shows("\ndone");
    expect(pty.screen).toContain("\nCanceled; nothing was changed\n");
    expect(pty.screen).toMatch(/ icanon/);
    expect(pty.screen).toMatch(/ echo /);
    expect(readFileSync(home.config, "utf8")).toBe("port: 1\n");
  });

  test("no line is wider than the terminal while a question is open", async () => {
    await using pty = start(columns, ["add"]);
    await pty.shows("Provider: _");
    pty.type("a".repeat(150));
    await pty.shows("Nothing matches");
    expect(pty.screen.split("\n")).toHaveLength(3);
    pty.type("\u0015");
    await pty.shows("> OpenAI");
    expect(pty.screen.split("\n")).toHaveLength(14);
  });
});

test("without a terminal nothing is asked", async () => {
  const { exitCode, stderr } = await home.run("add");
  expect(exitCode).toBe(2);
  expect(stderr).toStartWith(
    "Expected the name of a provider, or --url: without a terminal no question is asked.",
  );
});

test.each([
  [
    {},
    ["add", "groq"],
    2,
    'Expected the API key of "groq": set GROQ_API_KEY, or use --key-from-env or --key-file. Keys are issued at https://console.groq.com/keys\n',
  ],
  [
    {},
    ["add", "grok", "--skip-test"],
    2,
    'Unknown provider "grok", did you mean `groq`? For another one, add its URL with --url\n',
  ],
  [
    {},
    ["add", "x", "--url", "ftp://x"],
    2,
    "Expected a URL such as https://api.example.com/v1; this URL begins with ftp://\n",
  ],
  [{}, ["add", "a b", "--url", "https://x"], 2, "Expected a short name of letters, digits"],
  [
    {},
    ["add", "x", "--url", "https://x", "--key-from-env", "NOPE"],
    1,
    "The environment variable NOPE is not set; set it, or use --key-file\n",
  ],
  [
    {},
    ["add", "x", "--url", "https://x", "--key-file", "none"],
    1,
    'Cannot use the file "none": it does not exist\n',
  ],
  [
    {},
    ["add", "x", "--url", "https://x", "--key-file", "a", "--key-from-env", "B"],
    2,
    "Expected either --key-from-env or --key-file, got both\n",
  ],
])("with %j, %j is rejected and changes nothing", async (environment, args, code, message) => {
  home.write("port: 1\n");
  const { exitCode, stderr, stdout } = await home.runWith(environment, ...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "" });
  expect(stderr).toStartWith(message);
  expect(readFileSync(home.config, "utf8")).toBe("port: 1\n");
});

test("without questions, a provider is added after a test of its key", async () => {
  using host = startKeyedHost({ key: KEY, models: ["qwen3-max", "glm-4.5"], isListPublic: true });
  home.write("# mine\nport: 1\n");
  const args = ["add", "x", "--url", host.url, "--key-from-env", "K", "--models", "qwen*"];
  const rejected = await home.runWith({ K: "wrong-key-12345" }, ...args);
  expect(rejected).toEqual({
    exitCode: 1,
    stdout: "",
    stderr:
      'Cannot use the provider "x": Incorrect API key provided\nNothing was changed. To add it without a test, use --skip-test\n',
  });
  const { exitCode, stdout, stderr } = await home.runWith({ K: KEY }, ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toMatch(
    /^Added "x" with 1 model to .*\nTest: "qwen3-max" answered after \d+ ms\nApps show its models as \[x\]-…, for example \[x\]-qwen3-max\n/,
  );
  expect(readFileSync(home.config, "utf8")).toBe(
    `# mine\nport: 1\nproviders:\n- name: x\n  url: ${host.url}\n  secret: \${K}\n  models:\n  - qwen*\n`,
  );
  const again = await home.runWith({ K: KEY }, ...args);
  expect(again.stderr).toStartWith('The configuration has a provider "x" already');
});

test("an Ollama server is recognized", async () => {
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) =>
      new URL(request.url).pathname === "/api/tags"
        ? Response.json({ models: [{ name: "llama3:8b", model: "llama3:8b" }] })
        : new Response("404 page not found", { status: 404 }),
  });
  const { exitCode } = await home.run("add", "box", "--url", `http://127.0.0.1:${server.port}`);
  expect(exitCode).toBe(0);
  expect(readFileSync(home.config, "utf8")).toContain("  api_type: Ollama\n");
});

test("a running program takes up what was added and removed", async () => {
  using host = startKeyedHost({ key: undefined, models: ["m"] });
  await using running = await home.serveAt((free) => `port: ${free}\n`);
  const { serving, port, url } = running;
  const added = await home.run("add", "x", "--url", host.url);
  expect(added.stdout).toEndWith(`\nThe program at ${url} has taken up the change\n`);
  expect(await namesAt(url)).toEqual(["[x]-m"]);
  const removed = await home.run("remove", "x");
  expect(removed.stdout).toBe(
    `Removed "x" from ${home.config}\nThe program at ${url} has taken up the change\n`,
  );
  expect(await serving.end("SIGTERM")).toBe(0);
  expect(readFileSync(home.config, "utf8")).toBe(`port: ${port}\nproviders:\n`);
});
