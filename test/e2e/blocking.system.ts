/**
 * No input may occupy the program for longer than its size explains.
 *
 * Each input is so large that work which grew with its square would take minutes, and linear work takes moments. The program runs in
 * a process of its own: where the work grows, the request runs into its own limit, the program is killed and the test fails.
 */
import { expect, test } from "bun:test";
import { Home } from "../support/program.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

const LIMIT_MS = 25_000;
const USER = [{ role: "user", content: "hi" }];

interface Got {
  readonly status: number;
  readonly text: string;
}

/** What the client gets on `path` from the one provider `p`. */
async function ask(upstream: Upstream, path: string, body: object, options = "{}"): Promise<Got> {
  const home = new Home();
  home.write(
    `port: 0\nproviders:\n- name: p\n  url: ${upstream.url}/v1\n  secret: test-secret\n  models: [m]\n  options: ${options}\n`,
  );
  const program = home.serve();
  try {
    const [address = ""] = await program.urls();
    const response = await fetch(address + path, {
      method: "POST",
      body: JSON.stringify({ model: "[p]-m", messages: USER, ...body }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return { status: response.status, text: await response.text() };
  } finally {
    await program.end("SIGKILL");
    home.remove();
  }
}

function events(frames: Iterable<object>): Response {
  let text = "";
  for (const frame of frames) text += `data: ${JSON.stringify(frame)}\n\n`;
  return new Response(`${text}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } });
}

function delta(fields: object): object {
  return { choices: [{ index: 0, delta: fields }] };
}

const STOP = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };

function call(index: number, args: string): object {
  return delta({ tool_calls: [{ index, id: `c${index}`, function: { name: "f", arguments: args } }] });
}

test("white space in the arguments of a tool call", async () => {
  using upstream = startUpstream(() => events([call(0, `{"a":${" ".repeat(3_000_000)}`), STOP]));
  const { text } = await ask(upstream, "/api/chat", { stream: false });
  expect(text).toContain("arguments that are not a JSON object");
}, 60_000);

test("a duration without a unit", async () => {
  using upstream = startUpstream(() => events([STOP]));
  const got = await ask(upstream, "/api/chat", { keep_alive: `${"1".repeat(100)}..` });
  expect(got.status).toBe(400);
  expect(got.text).toContain("time: missing unit in duration");
}, 60_000);

test("a document of which every line could be the last", async () => {
  using upstream = startUpstream(() => new Response(`[\n${"[\n],\n".repeat(300_000)}`));
  const got = await ask(upstream, "/api/chat", {});
  expect(got).toMatchObject({ status: 502, text: expect.stringContaining("[p]") });
}, 60_000);

test("an error page of angle brackets", async () => {
  using upstream = startUpstream(() => new Response(`x${"<".repeat(3_000_000)}`, { status: 400 }));
  const got = await ask(upstream, "/api/chat", {});
  expect(got.status).toBe(400);
}, 60_000);

test("white space before the reply", async () => {
  const pieces = Array.from({ length: 400_000 }, () => delta({ content: " " }));
  using upstream = startUpstream(() => events([...pieces, delta({ content: "Hi" }), STOP]));
  const { text } = await ask(upstream, "/api/generate", { prompt: "hi", stream: false });
  expect(text).toContain(' Hi"');
}, 60_000);

test("a reply that repeats the beginning it was given, in pieces", async () => {
  const beginning = "abcdefgh".repeat(100_000);
  const pieces = Array.from({ length: 400_000 }, (_, at) =>
    delta({ content: "abcdefgh".slice((at * 2) % 8, ((at * 2) % 8) + 2) }),
  );
  using upstream = startUpstream(() => events([...pieces, delta({ content: "Hi" }), STOP]));
  const { text } = await ask(
    upstream,
    "/api/chat",
    { messages: [...USER, { role: "assistant", content: beginning }], stream: false },
    "{ echoes_prefill: true }",
  );
  expect(text).toContain('"content":"Hi"');
}, 60_000);

test("a streamed reply with log probabilities that is put together", async () => {
  const chunk = {
    choices: [{ index: 0, delta: { content: "a" }, logprobs: { content: [{ token: "a", logprob: -1 }] } }],
  };
  const pieces = Array.from({ length: 200_000 }, () => chunk);
  using upstream = startUpstream(() => events([...pieces, STOP]));
  const { text } = await ask(upstream, "/v1/chat/completions", {});
  expect(text.split('"token"').length - 1).toBe(pieces.length);
}, 60_000);

test("an index far beyond the end of the list of choices", async () => {
  const far = { choices: [{ index: 4_294_967_294, delta: { content: "far" } }] };
  using upstream = startUpstream(() => events([delta({ content: "near" }), far, STOP]));
  const { text } = await ask(upstream, "/v1/chat/completions", {});
  expect(text).toContain('"near"');
}, 60_000);

test("many tool calls in one reply", async () => {
  const calls = Array.from({ length: 150_000 }, (_, index) => call(index, "{}"));
  using upstream = startUpstream(() => events([...calls, STOP]));
  const { text } = await ask(upstream, "/v1/messages", { stream: false, max_tokens: 1 });
  expect(text.split('"tool_use"').length - 1).toBe(calls.length + 1);
}, 60_000);

test("many tool calls while the first one is not complete", async () => {
  const calls = Array.from({ length: 20_000 }, (_, index) => call(index + 1, "{}"));
  const first = call(0, `{"a":"${"a".repeat(10_000_000)}`);
  using upstream = startUpstream(() => events([first, ...calls, STOP]));
  const { text } = await ask(upstream, "/v1/messages", { stream: true, max_tokens: 1 });
  expect(text.split('"content_block_start"').length - 1).toBe(calls.length + 1);
}, 60_000);

test("many results of tools in a conversation", async () => {
  const count = 100_000;
  const toolCalls = Array.from({ length: count }, () => ({ function: { name: "f", arguments: {} } }));
  const results = Array.from({ length: count }, () => ({ role: "tool", content: "r" }));
  using upstream = startUpstream(() => events([delta({ content: "Hi" }), STOP]));
  const messages = [...USER, { role: "assistant", content: "", tool_calls: toolCalls }, ...results];
  expect((await ask(upstream, "/api/chat", { messages })).status).toBe(200);
}, 60_000);

test("many tools with invalid names", async () => {
  const letters = Array.from(
    { length: 40_000 },
    (_, index) => String.fromCodePoint(0x4e00 + (index % 20_000)) + (index < 20_000 ? "." : "/"),
  );
  const tools = letters.map((name) => ({ type: "function", function: { name, parameters: {} } }));
  using upstream = startUpstream(() => events([delta({ content: "Hi" }), STOP]));
  expect((await ask(upstream, "/api/chat", { tools })).status).toBe(200);
}, 60_000);
