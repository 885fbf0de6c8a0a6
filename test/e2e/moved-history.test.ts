/** The history of a conversation that moves to another provider in the middle of an agent's loop. */
import { expect, test } from "bun:test";
import { arrayAt, isObject, objectAt, stringAt } from "../../src/wire/json.ts";
import { post, startConfigured } from "../support/app.ts";
import { type Received, type Upstream, startUpstream } from "../support/upstream.ts";

const TOOLS = [
  { type: "function", function: { name: "now", parameters: { type: "object", properties: {} } } },
];
const CALL_ID = "call_of_the_first_provider_0123456789";
const SIGNATURE = "c2lnbmF0dXJlLW9mLWE=";

function completion(message: object, reason: string): Response {
  return Response.json({
    choices: [{ message: { role: "assistant", content: "", ...message }, finish_reason: reason }],
  });
}

function callsAt(first: boolean): Response {
  if (!first) return Response.json({ error: { message: "Busy" } }, { status: 503 });
  const call = { id: CALL_ID, type: "function", function: { name: "now", arguments: "{}" } };
  return completion({ reasoning_content: "Let me look", tool_calls: [call] }, "tool_calls");
}

function anthropicCall(first: boolean): Response {
  if (!first)
    return Response.json(
      { type: "error", error: { type: "overloaded_error", message: "Busy" } },
      { status: 529 },
    );
  return Response.json({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [
      { type: "thinking", thinking: "Let me look", signature: SIGNATURE },
      { type: "tool_use", id: CALL_ID, name: "now", input: {} },
    ],
    stop_reason: "tool_use",
    usage: { input_tokens: 1, output_tokens: 1 },
  });
}

const ENCRYPTED = "ZW5jcnlwdGVkLW9mLWE=";

function responsesCall(first: boolean): Response {
  if (!first) return Response.json({ error: { message: "Busy", type: "server_error" } }, { status: 503 });
  return Response.json({
    id: "resp_1",
    object: "response",
    status: "completed",
    model: "m",
    output: [
      {
        type: "reasoning",
        id: "rs_1",
        encrypted_content: ENCRYPTED,
        summary: [{ type: "summary_text", text: "Let me look" }],
      },
      { type: "function_call", id: "fc_1", call_id: CALL_ID, name: "now", arguments: "{}" },
    ],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  });
}

type Api = "openai" | "anthropic" | "responses";

/** What each API says of thinking that another model has signed. */
const FOREIGN = {
  openai: "Unexpected signature",
  anthropic: "messages.1.content.0: Invalid `signature` in `thinking` block",
  responses: `The encrypted content ${ENCRYPTED} could not be verified.`,
} as const satisfies Record<Api, string>;

/** Calls the tool once, and fails then. */
function startCaller(reply: (first: boolean) => Response): Upstream {
  let count = 0;
  return startUpstream(() => reply((count += 1) === 1));
}

function rejects(message: string): Response {
  return Response.json({ type: "error", error: { type: "invalid_request_error", message } }, { status: 400 });
}

/** Accepts only a history in which each result belongs to a call. */
function startStrict(idFormat: RegExp, api: Api): Upstream {
  return startUpstream((request) => {
    const { calls, results, foreign } = historyOf(request, api);
    if (foreign) return rejects(FOREIGN[api]);
    const isValid =
      calls.length > 0 && calls.join() === results.join() && calls.every((id) => idFormat.test(id));
    if (!isValid) return rejects(`Bad history ${calls.join()} ${results.join()}`);
    if (api === "openai") return completion({ content: "It is noon" }, "stop");
    if (api === "responses") {
      const text = { type: "output_text", text: "It is noon", annotations: [] };
      const output = [
        { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [text] },
      ];
      return Response.json({ id: "resp_2", object: "response", status: "completed", model: "m", output });
    }
    return Response.json({
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: "It is noon" }],
      stop_reason: "end_turn",
      usage: {},
    });
  });
}

interface History {
  readonly calls: readonly string[];
  readonly results: readonly string[];
  /** A signature of the other provider. */
  readonly foreign: boolean;
}

function ids(items: readonly unknown[], key: string): readonly string[] {
  return items.flatMap((item) => stringAt(item, key) ?? []);
}

function historyOf({ text }: Received, api: Api): History {
  const messages = arrayAt(JSON.parse(text), "messages");
  const blocks = messages.flatMap((message) => arrayAt(message, "content"));
  const ofType = (type: string) => blocks.filter((block) => isObject(block) && block["type"] === type);
  const foreign = text.includes(SIGNATURE) || text.includes(ENCRYPTED);
  if (api === "responses") {
    const items = arrayAt(JSON.parse(text), "input");
    const called = (type: string) => items.filter((item) => isObject(item) && item["type"] === type);
    return {
      calls: ids(called("function_call"), "call_id"),
      results: ids(called("function_call_output"), "call_id"),
      foreign,
    };
  }
  return api === "openai"
    ? {
        calls: ids(
          messages.flatMap((message) => arrayAt(message, "tool_calls")),
          "id",
        ),
        results: ids(messages, "tool_call_id"),
        foreign,
      }
    : { calls: ids(ofType("tool_use"), "id"), results: ids(ofType("tool_result"), "tool_use_id"), foreign };
}

interface Moved {
  readonly first: Upstream;
  readonly firstApi: string;
  readonly second: Upstream;
  readonly secondApi: string;
  readonly options?: string;
}

function startMoved({ first, firstApi, second, secondApi, options = "{}" }: Moved) {
  const model = "{name: m, capabilities: [tools, thinking]}";
  return startConfigured(`providers:
- {name: a, url: "${first.url}/v1", api_type: ${firstApi}, models: [${model}]}
- {name: b, url: "${second.url}/v1", api_type: ${secondApi}, models: [${model}], options: ${options}}
models: [{name: max, use: ["[a]-m", "[b]-m"]}]`);
}

const FIRSTS = [
  ["Openai", callsAt],
  ["Anthropic", anthropicCall],
  ["Responses", responsesCall],
] as const;
const SECONDS = [
  ["Openai", "openai", /./, "{}"],
  ["Openai", "openai", /^[a-zA-Z0-9]{9}$/, "{tool_call_id_format: alnum9}"],
  ["Anthropic", "anthropic", /^[a-zA-Z0-9_-]+$/, "{}"],
  ["Responses", "responses", /./, "{}"],
] as const;
const MOVES = FIRSTS.flatMap(([firstApi, reply]) =>
  SECONDS.map(([secondApi, api, format, options]) => ({ firstApi, reply, secondApi, api, format, options })),
);

test.each(MOVES)(
  "$firstApi to $secondApi with $options: a loop in Ollama's API continues",
  async ({ firstApi, reply, secondApi, api, format, options }) => {
    using first = startCaller(reply);
    using second = startStrict(format, api);
    await using app = await startMoved({ first, firstApi, second, secondApi, options });
    const ask = async (messages: readonly unknown[]): Promise<unknown> =>
      (await post(`${app.url}/api/chat`, { model: "max", messages, tools: TOOLS, stream: false })).json();
    const question = { role: "user", content: "What time is it?" };
    const called = objectAt(await ask([question]), "message");
    expect(stringAt(called, "thinking")).toBe("Let me look");
    const result = { role: "tool", tool_name: "now", content: "12:00" };
    const answer = await ask([question, called, result]);
    expect(stringAt(objectAt(answer, "message"), "content")).toBe("It is noon");
  },
);

test.each(MOVES)(
  "$firstApi to $secondApi with $options: a loop in OpenAI's API continues",
  async ({ firstApi, reply, secondApi, api, format, options }) => {
    using first = startCaller(reply);
    using second = startStrict(format, api);
    await using app = await startMoved({ first, firstApi, second, secondApi, options });
    const ask = async (messages: readonly unknown[]): Promise<unknown> => {
      const body = { model: "max", messages, tools: TOOLS };
      const { choices } = Object(await (await post(`${app.url}/v1/chat/completions`, body)).json());
      return Array.isArray(choices) ? objectAt(choices[0], "message") : undefined;
    };
    const question = { role: "user", content: "What time is it?" };
    const called = await ask([question]);
    const [call] = arrayAt(called, "tool_calls");
    const result = { role: "tool", tool_call_id: stringAt(call, "id"), content: "12:00" };
    expect(stringAt(await ask([question, called, result]), "content")).toBe("It is noon");
  },
);

test.each(MOVES)(
  "$firstApi to $secondApi with $options: a loop in Anthropic's API continues",
  async ({ firstApi, reply, secondApi, api, format, options }) => {
    using first = startCaller(reply);
    using second = startStrict(format, api);
    await using app = await startMoved({ first, firstApi, second, secondApi, options });
    const tools = [{ name: "now", input_schema: { type: "object", properties: {} } }];
    const ask = async (messages: readonly unknown[]): Promise<readonly unknown[]> => {
      const body = { model: "max", max_tokens: 100, messages, tools };
      return arrayAt(await (await post(`${app.url}/v1/messages`, body)).json(), "content");
    };
    const question = { role: "user", content: "What time is it?" };
    const content = await ask([question]);
    const id = content.flatMap((block) => stringAt(block, "id") ?? [])[0];
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "12:00" }] };
    const answer = await ask([question, { role: "assistant", content }, result]);
    expect(answer.map((block) => stringAt(block, "text"))).toEqual(["It is noon"]);
  },
);
