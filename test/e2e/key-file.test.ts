/** A key file that changes while the program runs. */
import { expect, test } from "bun:test";
import { loadConfig } from "../../src/config/load.ts";
import type { Runtime } from "../../src/runtime.ts";
import { post, startTestApp } from "../support/app.ts";
import { Folder } from "../support/folder.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const REPLY = {
  choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
};

/** A clock that stands still until it is moved. */
function movableRuntime(logged: string[]): {
  readonly runtime: Runtime;
  readonly move: (ms: number) => void;
} {
  const fixed = fixedRuntime((level, message) => {
    if (message.includes("key file")) logged.push(`${level}: ${message}`);
  });
  let movedMs = 0;
  return {
    runtime: { ...fixed, now: () => fixed.now() + movedMs },
    move: (ms) => {
      movedMs += ms;
    },
  };
}

test("a changed key file takes effect without a reload, and an invalid one keeps the previous key", async () => {
  using upstream = startUpstream(() => Response.json(REPLY));
  using folder = new Folder();
  folder.write("key", "one");
  const text = `providers: [{name: p, url: "${upstream.url}", secret_file: key, models: [m], options: {auth: api-key}}]`;
  const { config } = loadConfig(folder.write("ollama-proxy.yaml", text), {});
  const logged: string[] = [];
  const { runtime, move } = movableRuntime(logged);
  await using app = await startTestApp(config.providers, runtime);
  const keySent = async (): Promise<string | null | undefined> => {
    const response = await post(`${app.url}/api/chat`, {
      model: "[p]-m",
      messages: [{ role: "user", content: "hi" }],
      stream: false,
    });
    expect(response.status).toBe(200);
    return upstream.received.at(-1)?.headers.get("api-key");
  };
  expect(await keySent()).toBe("one");

  folder.write("key", "number-two\n");
  move(1999);
  expect(await keySent()).toBe("one");
  move(1);
  expect(await keySent()).toBe("number-two");
  folder.write("key", "number two and a half\n");
  move(2000);
  expect(await keySent()).toBe("number-two");

  folder.remove("key");
  move(2000);
  expect(await keySent()).toBe("number-two");
  move(2000);
  expect(await keySent()).toBe("number-two");
  folder.write("key", "three");
  move(2000);
  expect(await keySent()).toBe("three");
  expect(logged).toEqual([
    "info: Using the changed key file",
    "warn: Cannot use the changed key file: the key contains a space, a control character or a non-ASCII character; the previous key stays in use",
    "warn: Cannot use the changed key file: it does not exist; the previous key stays in use",
    "info: Using the changed key file",
  ]);
});
