/** What `ollama-proxy doctor` says of a program that rejects its request. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Home } from "../support/program.ts";

test("a program that does not accept the key of the configuration is not taken for a real Ollama", async () => {
  const home = new Home();
  try {
    await using running = await home.serveAt(
      (free) => `port: ${free}\napi_keys: [{name: laptop, secret: laptop-0123456789abcdef}]\n`,
    );
    const other = join(home.directory, "other.yaml");
    writeFileSync(other, `port: ${running.port}\n`, { mode: 0o600 });
    const { stdout } = await home.run("doctor", "--config", other);
    expect(stdout).toContain(
      `ollama-proxy listens on port ${running.port}, but it does not accept the key of this configuration. Fix: correct \`api_keys\`, or restart the program`,
    );
  } finally {
    home.remove();
  }
});
