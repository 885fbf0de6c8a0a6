/** Replies in JSON that come inside a Markdown fence, on every client API. */
import { expect, test } from "bun:test";
import { arrayAt, objectAt, parseJson, stringAt } from "../../src/wire/json.ts";
import { type ClientPath, PATHS, REQUESTS, completion, json } from "../support/every-client.ts";
import { useProxy } from "../support/shared-proxy.ts";
import type { Received } from "../support/upstream.ts";

const proxy = useProxy();

const FORMATS = {
  "/api/chat": '"format":"json"',
  "/v1/chat/completions": '"response_format":{"type":"json_object"}',
  "/v1/messages": '"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}',
  "/v1/responses": '"text":{"format":{"type":"json_object"}}',
} as const satisfies Record<ClientPath, string>;

/** The text of a reply, whole or streamed, of any client API. */
function textIn(path: ClientPath, text: string): string {
  const pieces = text
    .split("\n")
    .map((line) => parseJson(line.replace(/^data: /, "")))
    .map((frame) => {
      const choice = arrayAt(frame, "choices")[0];
      const message = objectAt(frame, "message") ?? objectAt(choice, "message") ?? objectAt(choice, "delta");
      return path === "/v1/responses" || path === "/v1/messages"
        ? textOfBlocks(frame)
        : stringAt(message, "content");
    });
  return pieces.join("");
}

function textOfBlocks(frame: unknown): string {
  const type = stringAt(frame, "type") ?? "";
  if (type === "response.output_text.delta") return stringAt(frame, "delta") ?? "";
  if (type === "content_block_delta") return stringAt(objectAt(frame, "delta"), "text") ?? "";
  const whole =
    type === "message" ? arrayAt(frame, "content") : arrayAt(arrayAt(frame, "output")[0], "content");
  return stringAt(whole[0], "text") ?? "";
}

const FENCED = '```json\n{"a":"```"}\n```';

/** Sends the fenced reply whole, or in a stream of one character each. */
function sendFenced({ text }: Received): Response {
  if (!text.includes('"stream":true')) return new Response(completion(JSON.stringify({ content: FENCED })));
  const frames = FENCED.split("").map((content) => ({ choices: [{ index: 0, delta: { content } }] }));
  const all = [...frames, { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }];
  return new Response(all.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join("") + "data: [DONE]\n\n");
}

test.each(
  PATHS.flatMap((path) => [
    { path, stream: true, format: FORMATS[path], expected: '{"a":"```"}' },
    { path, stream: false, format: FORMATS[path], expected: '{"a":"```"}' },
    { path, stream: true, format: '"metadata":{}', expected: FENCED },
    { path, stream: false, format: '"metadata":{}', expected: FENCED },
  ]),
)(
  "$path, stream $stream: asked for $format, a fenced reply says $expected",
  async ({ path, stream, format, expected }) => {
    const rest = REQUESTS[path].replace('"stream":false,', "");
    const { text } = await proxy.exchange(sendFenced, path, `{${rest},"stream":${stream},${format}}`);
    expect(textIn(path, text)).toBe(expected);
  },
);

test.each(
  PATHS.flatMap((path) =>
    [
      ["```json\n{}\n```\n", "{}"],
      [" \n``` {}```", "{}"],
      ["```json\n[1]\n", "[1]"],
      ["```json\n{}\n```\nDone.", "```json\n{}\n```\nDone."],
      ['```json\n{"a":', '```json\n{"a":'],
      ["```js\n{ a }\n```", "```js\n{ a }\n```"],
      ["Here:\n```json\n{}\n```", "Here:\n```json\n{}\n```"],
      ["{}\n```", "{}\n```"],
    ].map(([content = "", expected = ""]) => ({ path, content, expected })),
  ),
)(
  "$path: a whole reply loses a fence around all of it, and no other",
  async ({ path, content, expected }) => {
    const answer = json(completion(JSON.stringify({ content })));
    const { text } = await proxy.exchange(answer, path, `{${REQUESTS[path]},${FORMATS[path]}}`);
    expect(textIn(path, text)).toBe(expected);
  },
);

test("a stream that the provider answers whole is unwrapped too", async () => {
  const answer = json(completion(JSON.stringify({ content: FENCED })));
  const body = `{${REQUESTS["/v1/chat/completions"]},"stream":true,${FORMATS["/v1/chat/completions"]}}`;
  const { text } = await proxy.exchange(answer, "/v1/chat/completions", body);
  expect(textIn("/v1/chat/completions", text)).toBe('{"a":"```"}');
});

test("a relayed stream without a reason for its end gets what was held back", async () => {
  const frames = ['{"choices":[{"index":0,"delta":{"content":"{} `"}}]}', "[DONE]"];
  const plain = frames.map((frame) => `data: ${frame}\n\n`).join("");
  const fenced = plain.replace("{} `", "```\\n{} `");
  const body = `{${REQUESTS["/v1/chat/completions"]},"stream":true,${FORMATS["/v1/chat/completions"]}}`;
  for (const sent of [plain, fenced]) {
    const { text } = await proxy.exchange(() => new Response(sent), "/v1/chat/completions", body);
    expect(textIn("/v1/chat/completions", text)).toBe("{} `");
    expect(text).toEndWith("data: [DONE]\n\n");
  }
});
