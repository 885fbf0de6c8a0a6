/** The work for one request does not grow with what is configured, and no faster than the request. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";
import { countWork } from "../support/work.ts";

async function text(url: string, headers: Record<string, string> = {}): Promise<string> {
  return (await fetch(url, { headers })).text();
}

for (const [path, headers] of [
  ["/api/tags", {}],
  ["/api/tags", { "user-agent": "aiohttp/3.12" }],
  ["/v1/models", {}],
] as const) {
  test(`the second list of ${path} with ${JSON.stringify(headers)} is not made again`, async () => {
    const models = Array.from({ length: 2000 }, (_, index) => ({ name: `model-${index}` }));
    await using app = await startTestApp([testProvider("https://p.example", { models })]);
    const first = await text(app.url + path, headers);
    let second = "";
    const work = await countWork(async () => {
      second = await text(app.url + path, headers);
    });
    expect(second).toBe(first);
    expect(work).toBeLessThan(models.length);
  });
}

const ANSWER = { choices: [{ message: { role: "assistant", content: "hi" }, finish_reason: "stop" }] };

for (const path of ["/api/chat", "/v1/chat/completions"]) {
  test(`a request with images to ${path} costs a fixed number of passes over its text`, async () => {
    using upstream = startUpstream(() => Response.json(ANSWER));
    await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
    const workFor = async (characters: number): Promise<number> => {
      const image = "iVBO".repeat(characters / 4);
      const messages =
        path === "/api/chat"
          ? [{ role: "user", content: "hi", images: [image] }]
          : [
              {
                role: "user",
                content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${image}` } }],
              },
            ];
      const body = { model: "[p]-m", messages, stream: false };
      return countWork(async () => expect((await post(app.url + path, body)).status).toBe(200));
    };
    const small = await workFor(40_000);
    const large = await workFor(400_000);
    expect(large / 400_000).toBeLessThan(25);
    expect(large / small).toBeLessThan(11);
  });
}
