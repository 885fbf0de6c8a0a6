import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { SAMPLE } from "../../src/config/sample.ts";
import { NotifySocket } from "./notify-socket.ts";
import { configuration, Home, namesAt } from "../support/program.ts";
import { explainUnset } from "../support/unset.ts";

test.concurrent("writes a sample on the first run, and uses the file when it is saved", async () => {
  using home = new Home();
  await using serving = home.serve();
  const line = await serving.logged("Wrote a sample configuration");
  expect(line.level).toBe("info");
  const url = await serving.url();
  expect(readFileSync(home.config, "utf8")).toBe(SAMPLE);
  if (process.platform !== "win32") expect(statSync(home.config).mode & 0o777).toBe(0o600);
  home.write(configuration("x"));
  await serving.logged("Using the changed configuration");
  expect(await namesAt(url)).toEqual(["[a]-x"]);
});

test.concurrent("keeps the previous configuration when the saved one is invalid", async () => {
  using home = new Home();
  home.write(configuration("x"));
  await using serving = home.serve();
  const url = await serving.url();
  home.write("prot: 1\n");
  const { level, message } = await serving.logged("Cannot use the configuration");
  expect(level).toBe("error");
  expect(message).toBe(`Cannot use the configuration: 1 problem

${home.config}:1:1: Unknown key \`prot\`, did you mean \`port\`?
   1 | prot: *
     | ^
Keeping the previous configuration`);
  expect(await namesAt(url)).toEqual(["[a]-x"]);
  home.write(configuration("x", "y"));
  await serving.logged("Using the changed configuration");
  expect(await namesAt(url)).toEqual(["[a]-x", "[a]-y"]);
});

test.concurrent("prints the warnings of the configuration at the start", async () => {
  using home = new Home();
  home.write('providers: [{name: a, url: "https://a.example:port", models: [x]}]\n');
  await using serving = home.serve();
  const { level } = await serving.logged(`${home.config}:1:28: Expected a number instead of`);
  expect(level).toBe("warn");
  await serving.url();
});

test.concurrent("works as on a first run when it cannot write a sample", async () => {
  using home = new Home();
  if (process.platform !== "linux") return;
  await using serving = home.serve({ HOME: "/sys" });
  const { level } = await serving.logged('Cannot write a sample configuration to "/sys/ollama-proxy.yaml"');
  expect(level).toBe("warn");
  expect(await namesAt(await serving.url())).toEqual(["[demo]-echo"]);
});

test.concurrent("starts without a provider whose variable is missing, and names the variable", async () => {
  using home = new Home();
  home.write(`providers:
- {name: a, url: "https://a.example", models: [x]}
- {name: lame, url: "https://b.example", secret: "\${NOPE}", models: [y]}
`);
  await using serving = home.serve();
  const { level, message } = await serving.logged(`${home.config}:3:`);
  expect([level, message]).toEqual([
    "warn",
    `${home.config}:3:50: Provider "lame" is disabled: ${explainUnset("NOPE")}`,
  ]);
  expect(await namesAt(await serving.url())).toEqual(["[a]-x"]);
});

test.concurrent("keeps its address when the port of a changed configuration is in use", async () => {
  using home = new Home();
  using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("mine") });
  home.write(`port: 0\n${configuration("x")}`);
  await using serving = home.serveAsConfigured();
  const url = await serving.url();
  home.write(`port: ${taken.port}\n${configuration("y")}`);
  const { level, message } = await serving.logged(
    `Cannot listen on 127.0.0.1:${taken.port}: another program uses this port`,
  );
  expect(level).toBe("error");
  expect(message).toEndWith("\nKeeping the previous configuration");
  expect(await namesAt(url)).toEqual(["[a]-x"]);
  home.write(`port: 0\n${configuration("y")}`);
  await serving.logged("Using the changed configuration");
  expect(await namesAt(url)).toEqual(["[a]-y"]);
});

test.concurrent("uses the configuration when the target of its symbolic link changes", async () => {
  using home = new Home();
  if (process.platform === "win32") return;
  mkdirSync(`${home.directory}/dotfiles`);
  const target = `${home.directory}/dotfiles/proxy.yaml`;
  writeFileSync(target, configuration("x"));
  symlinkSync("dotfiles/proxy.yaml", home.config);
  await using serving = home.serve();
  const url = await serving.url();
  writeFileSync(target, configuration("y"));
  await serving.logged("Using the changed configuration");
  expect(await namesAt(url)).toEqual(["[a]-y"]);
});

test.concurrent("a second signal ends open replies immediately", async () => {
  using home = new Home();
  if (process.platform === "win32") return;
  const asked = Promise.withResolvers<void>();
  using upstream = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      asked.resolve();
      return new Promise<Response>(() => undefined);
    },
  });
  home.write(`providers: [{name: a, url: "http://127.0.0.1:${upstream.port}", models: [x]}]\n`);
  await using serving = home.serve();
  const url = await serving.url();
  const body = JSON.stringify({ model: "[a]-x", messages: [{ role: "user", content: "hi" }] });
  const answer = fetch(`${url}/api/chat`, { method: "POST", body });
  await asked.promise;
  serving.process.kill("SIGTERM");
  await serving.logged("Stopping");
  serving.process.kill("SIGTERM");
  await serving.logged("Ending open replies immediately");
  expect(await (await answer).text()).toContain("ollama-proxy is shutting down");
  expect(await serving.process.exited).toBe(0);
});

test.concurrent.each(["SIGINT", "SIGTERM"] as const)("%s ends it with 0", async (signal) => {
  using home = new Home();
  if (process.platform === "win32") return;
  home.write("");
  await using serving = home.serve();
  await serving.url();
  expect(await serving.end(signal)).toBe(0);
});

test.concurrent("runs more concurrent requests than Bun's default limit", async () => {
  using home = new Home();
  if (process.platform !== "linux") return;
  home.write("");
  await using serving = home.serve();
  await serving.url();
  const environment = readFileSync(`/proc/${serving.process.pid}/environ`, "utf8").split("\0");
  expect(environment).toContain("BUN_CONFIG_MAX_HTTP_REQUESTS=65535");
});

test.concurrent.each(["path", "abstract"] as const)(
  "notifies systemd of its state, on a socket with a %s name",
  async (kind) => {
    using home = new Home();
    if (process.platform !== "linux") return;
    home.write("");
    const name = kind === "path" ? `${home.directory}/notify` : `@${home.directory}/notify`;
    using socket = new NotifySocket(name);
    await using serving = home.serve({ NOTIFY_SOCKET: name });
    const url = await serving.url();
    serving.process.kill("SIGHUP");
    await serving.logged("Using the changed configuration");
    expect(await serving.end("SIGTERM")).toBe(0);
    const ready = expect.stringMatching(new RegExp(`^READY=1\nSTATUS=Listening on ${url}.*\n$`));
    expect(socket.received()).toEqual([
      ready,
      expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=[1-9]\d+\nSTATUS=.+\n$/),
      ready,
      expect.stringMatching(/^STOPPING=1\nSTATUS=.+\n$/),
    ]);
  },
);

test.concurrent("starts even if no process listens on systemd's socket", async () => {
  using home = new Home();
  if (process.platform !== "linux") return;
  home.write("");
  await using serving = home.serve({ NOTIFY_SOCKET: `${home.directory}/nobody` });
  await serving.url();
  const { level } = await serving.logged("Cannot notify systemd of READY");
  expect(level).toBe("warn");
});
