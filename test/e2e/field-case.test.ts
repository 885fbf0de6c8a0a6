/** Names of fields in any case, as Go's decoder reads them. */
import { expect, test } from "bun:test";
import { parseJson } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const REPLY = { choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] };
const VECTORS = { data: [{ index: 0, embedding: [1, 0] }] };
const ARGUMENTS = { City: "Paris", Content: { Role: 1 } };
const CALL = { Id: "call_1", Type: "function", Function: { Name: "f", Arguments: ARGUMENTS } };
const SCHEMA = { type: "object", properties: { Name: { type: "string" } }, required: ["Name"] };

/** What the provider gets of the request. */
async function sentFor(path: string, body: unknown): Promise<unknown> {
  using upstream = startUpstream(({ path: asked }) =>
    Response.json(asked.endsWith("/embeddings") ? VECTORS : REPLY),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await post(app.url + path, body);
  expect([await response.text(), response.status]).toEqual([expect.any(String), 200]);
  return parseJson(upstream.received[0]?.text ?? "");
}

test("/api/chat", async () => {
  const sent = await sentFor("/api/chat", {
    MODEL: "[p]-m",
    Stream: false,
    Messages: [
      { Role: "User", Content: "hi" },
      { ROLE: "assistant", CONTENT: "", Tool_Calls: [CALL] },
      { Role: "tool", Content: "rain", Tool_Name: "f" },
    ],
    Tools: [{ Type: "function", Function: { Name: "f", Description: "d", Parameters: SCHEMA } }],
    Format: SCHEMA,
  });
  expect(sent).toMatchObject({
    messages: [
      { role: "user", content: "hi" },
      { role: "assistant", tool_calls: [{ function: { name: "f", arguments: JSON.stringify(ARGUMENTS) } }] },
      { role: "tool", content: "rain" },
    ],
    tools: [{ function: { name: "f", description: "d", parameters: SCHEMA } }],
    response_format: { json_schema: { schema: SCHEMA } },
  });
});

test.each([
  ["/api/generate", { Model: "[p]-m", PROMPT: "hi", Stream: false }, { messages: [{ content: "hi" }] }],
  ["/api/embed", { MODEL: "[p]-m", INPUT: "a" }, { input: ["a"] }],
  ["/api/embeddings", { MODEL: "[p]-m", PROMPT: "a" }, { input: ["a"] }],
  ["/v1/embeddings", { MODEL: "[p]-m", INPUT: "a" }, { model: "m", input: "a" }],
  [
    "/v1/completions",
    { MODEL: "[p]-m", PROMPT: "a", Max_Tokens: 3 },
    { model: "m", prompt: "a", max_tokens: 3 },
  ],
  [
    "/v1/chat/completions",
    { MODEL: "[p]-m", MESSAGES: [{ ROLE: "user", Content: "hi" }], topK: 3, Reasoning_Effort: "low" },
    { model: "m", messages: [{ role: "user", content: "hi" }], topK: 3, reasoning_effort: "low" },
  ],
  [
    "/v1/messages",
    { MODEL: "[p]-m", Max_Tokens: 9, Messages: [{ Role: "user", Content: [{ Type: "text", Text: "hi" }] }] },
    { max_tokens: 9, messages: [{ role: "user", content: "hi" }] },
  ],
  [
    "/v1/responses",
    { Model: "[p]-m", Input: [{ Role: "user", Content: "hi" }], Instructions: "Be brief" },
    {
      messages: [
        { role: "system", content: "Be brief" },
        { role: "user", content: "hi" },
      ],
    },
  ],
])("%s", async (path, body, sent) => {
  expect(await sentFor(path, body)).toMatchObject(sent);
});

test("long numbers of a relayed request keep their digits when names change", async () => {
  using upstream = startUpstream(() => Response.json(REPLY));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const body = '{"Model":"[p]-m","messages":[{"role":"user","content":"hi"}],"seed":12345678901234567890}';
  await (await fetch(`${app.url}/v1/chat/completions`, { method: "POST", body })).text();
  expect(upstream.received[0]?.text).toBe(
    '{"messages":[{"role":"user","content":"hi"}],"seed":12345678901234567890,"model":"m"}',
  );
});
