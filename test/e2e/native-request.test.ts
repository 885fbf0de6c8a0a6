/** Requests of Ollama's clients, and the requests that an OpenAI-compatible provider gets. */
import { expect, test } from "bun:test";
import { arrayAt, objectAt, parseJson, stringAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const REPLY = { choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] };

test.each([
  [true, "medium"],
  [false, "none"],
  ["low", "low"],
  ["medium", "medium"],
  ["high", "high"],
  ["max", "max"],
])("think %j becomes an effort: %s", async (think, effort) => {
  using upstream = startUpstream(() => Response.json(REPLY));
  await using app = await startTestApp([
    testProvider(`${upstream.url}/v1`, {
      models: [{ name: "m", capabilities: ["completion", "thinking"] }],
      options: { thinking: "effort", reasoningEfforts: ["none", "low", "medium", "high", "max"] },
    }),
  ]);
  const chat = { messages: [{ role: "user", content: "hi" }] };
  for (const [path, fields] of [
    ["/api/chat", chat],
    ["/api/generate", { prompt: "hi" }],
  ] as const) {
    await (await post(app.url + path, { model: "[p]-m", think, stream: false, ...fields })).text();
    expect(parseJson(upstream.received.at(-1)?.text ?? "")).toMatchObject({ reasoning_effort: effort });
  }
});

test.each([
  ["\x89PNG", "image/png"],
  ["\xff\xd8\xff\xe0", "image/jpeg"],
  ["GIF89a", "image/gif"],
  ["RIFF\x01\x02\x03\x04WEBP", "image/webp"],
  ["BM\x01\x02", "image/bmp"],
  ["II*\0", "image/tiff"],
  ["MM\0*", "image/tiff"],
  ["\0\0\0\x20ftypavif", "image/avif"],
  ["\0\0\0\x20ftypheic", "image/heic"],
  ["\0\0\0\x20ftypmif1", "image/heic"],
  ["anything else", "image/jpeg"],
])("a picture that begins with %j is sent as %s", async (bytes, mediaType) => {
  const image = btoa(bytes);
  const url = `data:${mediaType};base64,${image}`;
  expect(await partFor(image)).toEqual({ type: "image_url", image_url: { url } });
});

test.each([
  ["RIFF\x01\x02\x03\x04WAVE", "wav"],
  ["ID3\x04", "mp3"],
  ["\xff\xfb\x90\0", "mp3"],
])("a sound that begins with %j is sent as %s", async (bytes, format) => {
  const sound = btoa(bytes);
  expect(await partFor(sound)).toEqual({ type: "input_audio", input_audio: { data: sound, format } });
});

/** What the provider gets of an image in the message of a chat. */
async function partFor(image: string): Promise<unknown> {
  using upstream = startUpstream(() => Response.json(REPLY));
  await using app = await startTestApp([
    testProvider(`${upstream.url}/v1`, { models: [{ name: "m", capabilities: ["completion", "vision"] }] }),
  ]);
  const messages = [{ role: "user", content: "?", images: [image] }];
  await (await post(`${app.url}/api/chat`, { model: "[p]-m", messages, stream: false })).text();
  const [message] = arrayAt(parseJson(upstream.received[0]?.text ?? ""), "messages");
  return arrayAt(message, "content").at(-1);
}

test.each([
  ["auto", "<think>a</think>b", "a", "b"],
  ["auto", "a</think>b", undefined, "a</think>b"],
  ["opened", "a</think>b", "a", "b"],
  ["never", "<think>a</think>b", undefined, "<think>a</think>b"],
] as const)("tags of thinking, which a host writes %s: %s", async (thinkTags, content, thinking, text) => {
  const reply = { choices: [{ message: { content }, finish_reason: "stop" }] };
  using upstream = startUpstream(() => Response.json(reply));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { options: { thinkTags } })]);
  const messages = [{ role: "user", content: "hi" }];
  const response = await post(`${app.url}/api/chat`, { model: "[p]-m", messages, stream: false });
  const message = objectAt(await response.json(), "message");
  expect([stringAt(message, "thinking"), stringAt(message, "content")]).toEqual([thinking, text]);
});

test.each([
  [
    "the configuration says can think",
    { models: [{ name: "m", capabilities: ["completion", "thinking"] as const }] },
    "none",
  ],
  [
    "the configuration says cannot think",
    { models: [{ name: "m", capabilities: ["completion"] as const }] },
    undefined,
  ],
  ["is only known to think elsewhere", { models: [{ name: "qwen3-8b" }] }, undefined],
  ["the host says can think", { models: undefined }, "none"],
])("think false to a model that %s, at an unknown host", async (_what, config, effort) => {
  using upstream = startUpstream(({ path }) =>
    path.endsWith("/models")
      ? Response.json({ data: [{ id: "m", supported_parameters: ["reasoning", "max_tokens"] }] })
      : Response.json(REPLY),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, config)]);
  const model = `[p]-${config.models?.[0]?.name ?? "m"}`;
  const messages = [{ role: "user", content: "hi" }];
  await (await post(`${app.url}/api/chat`, { model, messages, stream: false, think: false })).text();
  expect(parseJson(upstream.received.at(-1)?.text ?? "")).toHaveProperty("messages");
  const sent = objectAt({ sent: parseJson(upstream.received.at(-1)?.text ?? "") }, "sent");
  expect(sent?.["reasoning_effort"]).toBe(effort);
});
