/** Characters that programs cannot read: halves of one, and what Python takes for the end of a line. */
import { expect, test } from "bun:test";
import { parseJson } from "../../src/wire/json.ts";
import { startTestApp, testProvider } from "../support/app.ts";
import { HI, PATHS, REQUESTS, completion, sent, json } from "../support/every-client.ts";
import { useProxy } from "../support/shared-proxy.ts";
import { startUpstream } from "../support/upstream.ts";

const proxy = useProxy();
const HALF = String.raw`\ud83d`;

test.each([
  [
    "/api/chat",
    `{"model":"[p]-m","stream":false,"messages":[{"role":"user","content":"a ${HALF} b"},{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"p":"${HALF}"}}}]},{"role":"tool","content":"\\ude00"}],"tools":[{"type":"function","function":{"name":"f","description":"${HALF}"}}]}`,
  ],
  ["/api/generate", `{"model":"[p]-m","stream":false,"prompt":"a ${HALF}","system":"${HALF}"}`],
  [
    "/v1/chat/completions",
    `{"model":"[p]-m","messages":[{"role":"user","content":"a ${HALF} b","name":"${HALF}"},{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\\"p\\":\\"\\${HALF}\\"}"}}]},{"role":"tool","tool_call_id":"a","content":"1"}]}`,
  ],
  [
    "/v1/messages",
    `{"model":"[p]-m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{"p":"\\ude00"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"a ${HALF} b"}]}],"tools":[{"name":"f","description":"${HALF}","input_schema":{"type":"object","properties":{"${HALF}":{}}}}]}`,
  ],
  [
    "/v1/responses",
    `{"model":"[p]-m","instructions":"${HALF}","input":[{"type":"function_call","call_id":"a","name":"f","arguments":"{\\"p\\":\\"\\${HALF}\\"}"}]}`,
  ],
])("%s sends no half of a character", async (path, body) => {
  const text = await sent(proxy, path, body);
  expect(text).not.toMatch(/\\u[dD][89a-fA-F]/);
  expect(text.isWellFormed()).toBe(true);
  expect(text).toMatch(/\\ufffd|\ufffd/);
});

test("whole characters, and what only looks like a half, are sent as they are", async () => {
  const content = `${String.raw`\ud83d\ude00 \\ud83d \u0007`} 😀`;
  const body = `{"model":"[p]-m","messages":[{"role":"user","content":"${content}"}]}`;
  expect(await sent(proxy, "/v1/chat/completions", body)).toBe(body.replace("[p]-m", "m"));
});

test.each(PATHS)("%s passes no half of a character to clients", async (path) => {
  const message = String.raw`{"content":"a ${HALF} \ude00\ud83d\ude00","tool_calls":[{"id":"${HALF}","function":{"name":"f${HALF}","arguments":"{\"p\":\"\\ud83d\"}"}}]}`;
  const answer = json(completion(message));
  const { text } = await proxy.exchange(answer, path, `{${REQUESTS[path]}}`);
  expect(JSON.stringify(parseJson(text))).not.toMatch(/\\u[dD][89a-fA-F]/);
  expect(text).toMatch(/😀|\\ud83d\\ude00/);
});

test("the lines of an Ollama server reach clients without raw line ends of Unicode", async () => {
  const line = '{"model":"m","message":{"role":"assistant","content":"a\u2028b\u2029 <c>"},"done":true}\n';
  using upstream = startUpstream(({ path }) =>
    path === "/api/tags" ? Response.json({ models: [{ name: "m", model: "m" }] }) : new Response(line),
  );
  await using app = await startTestApp([testProvider(upstream.url, { apiType: "ollama" })]);
  const body = `{"model":"[p]-m","messages":${HI}}`;
  const response = await fetch(`${app.url}/api/chat`, { method: "POST", body });
  expect(await response.text()).toBe(
    line
      .replace('"m"', '"[p]-m"')
      .replace("\u2028", String.raw`\u2028`)
      .replace("\u2029", String.raw`\u2029`),
  );
});
