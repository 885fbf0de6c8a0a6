/** Models that are added on a server while the program runs. */
import { expect, test } from "bun:test";
import { arrayAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const HI = [{ role: "user", content: "hi" }];
const SAID = { role: "assistant", content: "Hi" };

test.each(["/api/chat", "/api/show"])(
  "a model that was just added on the server answers at once: %s",
  async (path) => {
    const names = ["old:1b"];
    using upstream = startUpstream(({ path: asked }) => {
      if (asked === "/api/tags") {
        const models = names.map((name) => ({
          name,
          capabilities: ["completion"],
          details: { context_length: 9 },
        }));
        return Response.json({ models });
      }
      return Response.json(
        asked === "/api/chat" ? { model: "m", message: SAID, done: true } : { model_info: {} },
      );
    });
    await using app = await startTestApp([
      testProvider(upstream.url, { apiType: "ollama", models: undefined }),
    ]);
    expect(arrayAt(await (await fetch(`${app.url}/api/tags`)).json(), "models")).toHaveLength(1);
    for (const name of ["new:1b", "newer:1b"]) {
      names.push(name);
      const response = await post(app.url + path, { model: `[p]-${name}`, messages: HI, stream: false });
      expect([response.status, await response.json()]).toEqual([200, expect.any(Object)]);
    }
    expect(arrayAt(await (await fetch(`${app.url}/api/tags`)).json(), "models")).toHaveLength(3);
  },
);

test("wrong names are no flood of requests", async () => {
  using upstream = startUpstream(() => Response.json({ models: [] }));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  for (let round = 0; round < 50; round += 1) {
    expect((await post(`${app.url}/api/show`, { model: "[p]-nope" })).status).toBe(404);
  }
  expect(upstream.received).toHaveLength(6);
});
