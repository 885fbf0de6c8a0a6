/** `ollama-proxy top` in a terminal and without one. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { post } from "../support/app.ts";
import { EXECUTABLE } from "../support/executable.ts";
import { Home, type Serving } from "../support/program.ts";
import { Pty } from "../support/pty.ts";

const home = new Home();
let serving: Serving;
let url = "";
beforeAll(async () => {
  home.write("providers:\n");
  serving = home.serve();
  [url = ""] = await serving.urls();
  home.write(`port: ${new URL(url).port}\nproviders:\n`);
  await serving.logged("Using the changed configuration");
});
afterAll(async () => {
  await serving.end("SIGTERM");
  home.remove();
});

async function chat(): Promise<void> {
  const ask = { model: "[demo]-echo", messages: [{ role: "user", content: "a private prompt" }] };
  await (await post(`${url}/api/chat`, ask, { headers: { "user-agent": "Zed/1.0" } })).text();
}

test.each([100, 80, 40])("shows requests at %d columns until Ctrl-C", async (columns) => {
  await using terminal = new Pty([EXECUTABLE, "top"], { columns, directory: home.directory });
  await terminal.shows("ollama-proxy: 0 running");
  await chat();
  await terminal.shows("complete");
  // A line that is too long would go on in the next row.
  const [, head = "", ...rows] = terminal.screen.split("\n");
  expect(head).toStartWith("time ");
  for (const row of rows) expect(row).toMatch(/^\d\d:\d\d:\d\d /);
  terminal.signal("INT");
  expect(await terminal.exitCode()).toBe(0);
});

test("without a terminal every request is a line, until the program stops", async () => {
  const child = Bun.spawn([EXECUTABLE, "top"], {
    env: { PATH: process.env["PATH"] ?? "", HOME: home.directory },
    stdout: "pipe",
    stderr: "pipe",
  });
  // Requests that end before the stream is open are not shown.
  const line = child.stdout.getReader().read();
  let first: Awaited<typeof line> | undefined;
  while (first === undefined) first = await Promise.race([line, chat().then(() => undefined)]);
  const text = new TextDecoder().decode(first.value);
  expect(text).toMatch(/^\d\d:\d\d:\d\d {2}complete .* unknown {2}Zed\/1\.0 .* \[demo\]-echo\n/);
  child.kill("SIGTERM");
  await child.exited;
});
