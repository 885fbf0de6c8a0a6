/** `/v1/responses`: the exact bytes of replies. */
import { expect, test } from "bun:test";
import { ProxyError } from "../../src/chat/error.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { RESPONSES_API, CONTEXT, REPLIES, streamed, whole } from "../support/client-api.ts";
import { itemId } from "../support/placeholders.ts";

const PLAIN = { model: "[p]-m", input: "hi" };
const STREAM = { ...PLAIN, stream: true };

/** Members of the response object that change during a stream. */
interface Progress {
  readonly completedAt?: number;
  readonly status: string;
  readonly details?: string;
  readonly output?: string;
  readonly error?: string;
  readonly usage?: string;
}

function response({ completedAt, status, details, output, error, usage }: Progress): string {
  return (
    `{"id":"resp_abcdefgh01234567","object":"response","created_at":1767225600,"completed_at":${completedAt ?? null},` +
    `"status":"${status}","incomplete_details":${details ?? null},"model":"[p]-m","previous_response_id":null,` +
    `"instructions":null,"output":[${output ?? ""}],"error":${error ?? null},"tools":[],"tool_choice":"auto",` +
    '"truncation":"disabled","parallel_tool_calls":true,"text":{"format":{"type":"text"}},"top_p":1,' +
    '"presence_penalty":0,"frequency_penalty":0,"top_logprobs":0,"temperature":1,"reasoning":null,' +
    `"usage":${usage ?? null},"max_output_tokens":null,"max_tool_calls":null,"store":false,"background":false,` +
    '"service_tier":"default","metadata":{},"safety_identifier":null,"prompt_cache_key":null}'
  );
}

function counts(input: number, cached: number, output: number, reasoning: number): string {
  return (
    `{"input_tokens":${input},"input_tokens_details":{"cached_tokens":${cached}},"output_tokens":${output},` +
    `"output_tokens_details":{"reasoning_tokens":${reasoning}},"total_tokens":${input + output}}`
  );
}

/** Numbers the events, each given as its type and its members. */
function numbered(...events: readonly (readonly [type: string, members: string])[]): string {
  const began = `"response":${response({ status: "in_progress" })}`;
  return [["response.created", began] as const, ["response.in_progress", began] as const, ...events]
    .map(
      ([type, members], number) =>
        `event: ${type}\ndata: {"type":"${type}","sequence_number":${number},${members}}\n\n`,
    )
    .join("");
}

function textPart(text: string): string {
  return `{"type":"output_text","text":${JSON.stringify(text)},"annotations":[],"logprobs":[]}`;
}

function message(index: number, status: string, text: string | undefined): string {
  const content = text === undefined ? "" : textPart(text);
  return `{"id":"${itemId("msg", index)}","type":"message","status":"${status}","role":"assistant","content":[${content}]}`;
}

function textEvents(
  index: number,
  status: string,
  ...deltas: readonly string[]
): readonly [string, string][] {
  const place = `"item_id":"${itemId("msg", index)}","output_index":${index},"content_index":0`;
  const text = deltas.join("");
  return [
    [
      "response.output_item.added",
      `"output_index":${index},"item":${message(index, "in_progress", undefined)}`,
    ],
    ["response.content_part.added", `${place},"part":${textPart("")}`],
    ...deltas.map((delta): [string, string] => [
      "response.output_text.delta",
      `${place},"delta":${JSON.stringify(delta)},"logprobs":[]`,
    ]),
    ["response.output_text.done", `${place},"text":${JSON.stringify(text)},"logprobs":[]`],
    ["response.content_part.done", `${place},"part":${textPart(text)}`],
    ["response.output_item.done", `"output_index":${index},"item":${message(index, status, text)}`],
  ];
}

const REASONING = `{"id":"${itemId("rs", 0)}","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"c2ln"}`;
const SUMMARY = `"item_id":"${itemId("rs", 0)}","output_index":0,"summary_index":0`;

function call(index: number, status: string, members: string): string {
  return `{"id":"${itemId("fc", index)}","type":"function_call","status":"${status}",${members}}`;
}

function callPlace(index: number): string {
  return `"item_id":"${itemId("fc", index)}","output_index":${index}`;
}

const WEATHER = '"call_id":"call_1","name":"weather","arguments":';
const TIME = '"call_id":"call_2","name":"time","arguments":';
const PARIS = '"{\\"city\\":\\"Paris\\"}"';

function completed(output: string, usage: string): [string, string] {
  const body = response({ completedAt: 1767225600, status: "completed", output, usage });
  return ["response.completed", `"response":${body}`];
}

const STREAMS: readonly (readonly [name: string, events: readonly ChatEvent[], bytes: string])[] = [
  ["nothing said", REPLIES.empty, numbered(completed("", counts(12, 0, 0, 0)))],
  [
    "text and counts",
    REPLIES.text,
    numbered(
      ...textEvents(0, "completed", "Hi", ' "you"\n'),
      completed(message(0, "completed", 'Hi "you"\n'), counts(9, 0, 4, 0)),
    ),
  ],
  [
    "thinking with its signature",
    REPLIES.thinking,
    numbered(
      [
        "response.output_item.added",
        `"output_index":0,"item":{"id":"${itemId("rs", 0)}","type":"reasoning","summary":[]}`,
      ],
      ["response.reasoning_summary_part.added", `${SUMMARY},"part":{"type":"summary_text","text":""}`],
      ["response.reasoning_summary_text.delta", `${SUMMARY},"delta":"hm"`],
      ["response.reasoning_summary_text.done", `${SUMMARY},"text":"hm"`],
      ["response.reasoning_summary_part.done", `${SUMMARY},"part":{"type":"summary_text","text":"hm"}`],
      ["response.output_item.done", `"output_index":0,"item":${REASONING}`],
      ...textEvents(1, "completed", "Hi"),
      completed(`${REASONING},${message(1, "completed", "Hi")}`, counts(9, 8, 4, 2)),
    ),
  ],
  [
    "tool calls, one without arguments",
    REPLIES.tools,
    numbered(
      ...textEvents(0, "completed", "Let me see"),
      ["response.output_item.added", `"output_index":1,"item":${call(1, "in_progress", `${WEATHER}""`)}`],
      ["response.function_call_arguments.delta", `${callPlace(1)},"delta":"{\\"city\\":"`],
      ["response.function_call_arguments.delta", `${callPlace(1)},"delta":"\\"Paris\\"}"`],
      ["response.output_item.added", `"output_index":2,"item":${call(2, "in_progress", `${TIME}""`)}`],
      ["response.function_call_arguments.done", `${callPlace(1)},"name":"weather","arguments":${PARIS}`],
      ["response.output_item.done", `"output_index":1,"item":${call(1, "completed", WEATHER + PARIS)}`],
      ["response.function_call_arguments.delta", `${callPlace(2)},"delta":"{}"`],
      ["response.function_call_arguments.done", `${callPlace(2)},"name":"time","arguments":"{}"`],
      ["response.output_item.done", `"output_index":2,"item":${call(2, "completed", `${TIME}"{}"`)}`],
      completed(
        [
          message(0, "completed", "Let me see"),
          call(1, "completed", WEATHER + PARIS),
          call(2, "completed", `${TIME}"{}"`),
        ].join(","),
        counts(12, 0, 1, 0),
      ),
    ),
  ],
  [
    "the length limit, in the middle of a call",
    [...REPLIES.interleaved.slice(0, 1), ...REPLIES.interleaved.slice(2, 3), ...REPLIES.cut.slice(1)],
    numbered(
      ["response.output_item.added", `"output_index":0,"item":${call(0, "in_progress", `${WEATHER}""`)}`],
      ["response.function_call_arguments.delta", `${callPlace(0)},"delta":"{\\"city\\":"`],
      [
        "response.incomplete",
        `"response":${response({
          status: "incomplete",
          details: '{"reason":"max_output_tokens"}',
          output: call(0, "incomplete", `${WEATHER}"{\\"city\\":"`),
          usage: counts(12, 0, 0, 0),
        })}`,
      ],
    ),
  ],
  [
    "a failure in the middle",
    [{ type: "text-delta", text: "Hi" }],
    numbered(...textEvents(0, "completed", "Hi").slice(0, 3), [
      "response.failed",
      `"response":${response({
        status: "failed",
        error: '{"code":"server_error","message":"[p] The provider ended the stream"}',
      })}`,
    ]),
  ],
];

test.each(STREAMS)("a stream is exact to the byte: %s", (_name, events, expected) => {
  expect(streamed(RESPONSES_API.decodeRequest(STREAM), events)).toBe(expected);
});

test("a whole reply is one object", () => {
  const request = RESPONSES_API.decodeRequest(PLAIN);
  expect(whole(request, REPLIES.thinking)).toBe(
    response({
      completedAt: 1767225600,
      status: "completed",
      output: `${REASONING},${message(1, "completed", "Hi")}`,
      usage: counts(9, 8, 4, 2),
    }),
  );
  expect(whole(request, REPLIES.cut)).toBe(
    response({
      status: "incomplete",
      details: '{"reason":"max_output_tokens"}',
      output: message(0, "incomplete", "Once upon"),
      usage: counts(12, 0, 1, 0),
    }),
  );
});

test("a reply repeats what was asked for", () => {
  const asked = {
    instructions: "s",
    tools: [{ type: "function", name: "f", parameters: { type: "object" } }],
    tool_choice: "required",
    temperature: 0,
    reasoning: { effort: "low", summary: null },
    metadata: { a: "b" },
    max_output_tokens: 5,
    prompt_cache_key: "k",
  };
  const reply: unknown = JSON.parse(whole(RESPONSES_API.decodeRequest({ ...PLAIN, ...asked }), REPLIES.text));
  expect(reply).toMatchObject(asked);
});

test.each([
  ["context-overflow", "context_length_exceeded"],
  ["rate-limited", "rate_limit_exceeded"],
  ["overloaded", "server_is_overloaded"],
  ["bad-request", "invalid_prompt"],
  ["upstream-timeout", "server_error"],
] as const)("a stream that fails with %s has the code %s", (kind, code) => {
  const encoder = RESPONSES_API.decodeRequest(STREAM).createEncoder(CONTEXT);
  expect(encoder.fail(new ProxyError(kind, "no"))).toContain(`"error":{"code":"${code}","message":"no"}`);
});

const TOOLS = [
  { type: "custom", name: "apply_patch" },
  { type: "namespace", name: "mcp__x", tools: [{ type: "function", name: "f" }] },
];
const CALLS: readonly ChatEvent[] = [
  { type: "tool-call-start", index: 0, id: "call_1", name: "apply_patch" },
  { type: "tool-call-delta", index: 0, arguments: '{"input":"*** ' },
  { type: "tool-call-delta", index: 0, arguments: 'Begin"}' },
  { type: "tool-call-start", index: 1, id: "call_2", name: "mcp__x__f" },
  { type: "tool-call-start", index: 2, id: "call_3", name: "apply_patch" },
  { type: "tool-call-delta", index: 2, arguments: "*** End" },
  { type: "finish", reason: "tool-calls", raw: "tool_calls" },
];

test("custom tools and namespaces come back as the client knows them", () => {
  const text = streamed(RESPONSES_API.decodeRequest({ ...STREAM, tools: TOOLS }), CALLS);
  const place = callPlace(0);
  expect(text).toContain(
    `{"type":"response.custom_tool_call_input.delta","sequence_number":5,${place},"delta":"*** Begin"}`,
  );
  expect(text).toContain(
    `{"type":"response.custom_tool_call_input.done","sequence_number":6,${place},"input":"*** Begin"}`,
  );
  const reply: unknown = JSON.parse(whole(RESPONSES_API.decodeRequest({ ...PLAIN, tools: TOOLS }), CALLS));
  expect(reply).toMatchObject({
    output: [
      { type: "custom_tool_call", call_id: "call_1", name: "apply_patch", input: "*** Begin" },
      { type: "function_call", call_id: "call_2", name: "f", namespace: "mcp__x", arguments: "{}" },
      { type: "custom_tool_call", call_id: "call_3", name: "apply_patch", input: "*** End" },
    ],
  });
});
