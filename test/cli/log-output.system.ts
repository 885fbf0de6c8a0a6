/** The log of the executable, when nobody reads it. */
import { expect, test } from "bun:test";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { EXECUTABLE } from "../support/executable.ts";
import { Home } from "../support/program.ts";

const REQUESTS = 2000;

test("requests are answered while the log is full, and no line is lost", async () => {
  const home = new Home();
  home.write("port: 0\nproviders:\n- {name: p, url: 'http://127.0.0.1:9', models: [m]}\n");
  const fifo = join(home.directory, "log");
  Bun.spawnSync(["mkfifo", fifo]);
  // Opened for both, so that the program does not wait for a reader.
  const log = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const env = { HOME: home.directory };
  const program = Bun.spawn([EXECUTABLE, "--log-level", "debug"], { env, stdout: "ignore", stderr: log });
  try {
    let text = await readUntil(log, (all) => all.includes('"Listening"'));
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? "";
    for (let index = 0; index < REQUESTS; index += 1) {
      const response = await fetch(`${url}/api/version`, { headers: { "user-agent": `test-${index}` } });
      expect(response.status).toBe(200);
    }
    program.kill("SIGTERM");
    text += await readUntil(log, (all) => all.includes('"Stopped"'));
    const seen = [...text.matchAll(/"app":"test-(\d+)"/g)].map(([, index]) => Number(index));
    expect(seen).toEqual(Array.from({ length: REQUESTS }, (_, index) => index));
    expect(await program.exited).toBe(0);
  } finally {
    program.kill("SIGKILL");
    closeSync(log);
    home.remove();
  }
});

async function readUntil(file: number, isEnough: (text: string) => boolean): Promise<string> {
  const buffer = Buffer.alloc(65_536);
  let text = "";
  while (!isEnough(text)) {
    try {
      text += buffer.toString("utf8", 0, readSync(file, buffer));
    } catch {
      // Nothing to read yet.
      await Bun.sleep(5);
    }
  }
  return text;
}
