/** The executable as a process: addresses, concurrent requests, ignored files, and a port in use. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { post } from "../support/app.ts";
import { Home } from "../support/program.ts";
import { startUpstream } from "../support/upstream.ts";

/** The runtime sends at most 256 requests at once, unless told otherwise. */
const STREAMS = 300;

test("listens on both loopback addresses, on one port", async () => {
  using home = new Home();
  home.write("providers:\n");
  await using serving = home.serve();
  const both = await serving.urls();
  const port = new URL(both[0] ?? "").port;
  expect(both).toEqual([`http://127.0.0.1:${port}`, `http://[::1]:${port}`]);
  for (const url of both) expect(await (await fetch(url)).text()).toBe("Ollama is running");
});

test("offers the demo model until a provider is configured, and answers with the user's words", async () => {
  using home = new Home();
  home.write("providers:\n");
  await using serving = home.serve();
  const url = await serving.url();
  const request = { model: "[demo]-echo", messages: [{ role: "user", content: "a b c" }], stream: false };
  const reply: { readonly message: { readonly content: string } } = JSON.parse(
    await (await post(`${url}/api/chat`, request)).text(),
  );
  expect(reply.message.content).toStartWith("You said: a b c\n");
  expect(reply.message.content).toContain(home.config);
});

test("serves more streams at once than the runtime has connections by default", async () => {
  using home = new Home();
  const everyone = Promise.withResolvers<void>();
  let open = 0;
  // No stream gets text before all requests have arrived, so a queue would cause a deadlock.
  using upstream = startUpstream(async () => {
    open += 1;
    if (open === STREAMS) everyone.resolve();
    await everyone.promise;
    return new Response(
      'data: {"choices":[{"delta":{"content":"x"}}]}\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
    );
  });
  home.write(`providers: [{name: p, url: "${upstream.url}/v1", models: [m]}]\n`);
  await using serving = home.serve();
  const url = await serving.url();
  // The requests are sent by another process, because this one has the limit that is tested here.
  const script = `
    const body = JSON.stringify({ model: "[p]-m", messages: [{ role: "user", content: "hi" }] });
    const all = Array.from({ length: ${STREAMS} }, async () => (await fetch("${url}/api/chat", { method: "POST", body })).text());
    const ends = (await Promise.all(all)).filter((text) => text.includes('"done":true'));
    console.log(ends.length);
  `;
  const clients = Bun.spawn([process.execPath, "-e", script], {
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: "4096" },
    stdout: "pipe",
  });
  expect((await clients.stdout.text()).trim()).toBe(String(STREAMS));
}, 30_000);

test("ignores a .env and a bunfig.toml in the working directory", async () => {
  using home = new Home();
  home.write("providers:\n");
  writeFileSync(join(home.directory, ".env"), "OLLAMA_PROXY_CONFIG=/nowhere/else.yaml\n");
  writeFileSync(join(home.directory, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
  writeFileSync(join(home.directory, "evil.ts"), "process.exit(66);\n");
  expect((await home.run("--version")).exitCode).toBe(0);
  await using serving = home.serve();
  const url = await serving.url();
  expect((await fetch(url)).status).toBe(200);
});

test.each([
  ["a real Ollama", "Ollama is running", "add it as a provider"],
  ["another program", "It works!", "another program uses this port"],
])("explains a port that is used by %s, and exits with 75", async (_who, greeting, way) => {
  using home = new Home();
  using other = startUpstream(() => new Response(greeting));
  home.write(`port: ${new URL(other.url).port}\nproviders:\n`);
  const { exitCode, stderr } = await home.run("serve");
  expect(exitCode).toBe(75);
  expect(stderr).toContain(way);
  expect(stderr).not.toContain("    at ");
});

test("says that it is already running when started twice", async () => {
  using home = new Home();
  home.write("providers:\n");
  await using serving = home.serve();
  const url = await serving.url();
  const { exitCode, stderr } = await home.run("serve", "--port", new URL(url).port);
  expect(exitCode).toBe(75);
  expect(stderr).toContain("another ollama-proxy is already running there");
});
