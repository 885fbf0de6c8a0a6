/** `/v1/responses` of providers that have the route themselves: relayed unchanged except for the model's name. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";
import { objectAt, parseJson, stringAt } from "../../src/wire/json.ts";

const RESPONSE =
  '{"id":"resp_1","object":"response","model":"m","status":"in_progress","novel":1e400,"output":[]}';
const CREATED = `event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","model":"m","status":"in_progress"}}\n\n`;
const DELTA = `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":1,"delta":"Hi","obfuscation":"xyz"}\n\n`;
const COMPLETED = `event: response.completed\ndata: {"type":"response.completed","sequence_number":2,"response":{"id":"resp_1","object":"response","model":"m","status":"completed"}}\n\n`;

async function ask(body: string, request: object, status = 200) {
  using upstream = startUpstream(() => new Response(body, { status }));
  await using app = await startTestApp([
    testProvider(`${upstream.url}/v1`, { options: { responses: "relay" } }),
  ]);
  const response = await post(`${app.url}/v1/responses`, { model: "[p]-m", input: "hi", ...request });
  return { status: response.status, text: await response.text(), sent: upstream.received[0] };
}

test("a stream keeps unknown events and fields", async () => {
  const { text, sent } = await ask(CREATED + DELTA + COMPLETED, {
    stream: true,
    store: true,
    previous_response_id: "resp_0",
  });
  expect(text).toBe((CREATED + DELTA + COMPLETED).replaceAll('"model":"m"', '"model":"[p]-m"'));
  expect(sent?.path).toBe("/v1/responses");
  expect(parseJson(sent?.text ?? "")).toEqual({
    model: "m",
    input: "hi",
    stream: true,
    store: true,
    previous_response_id: "resp_0",
  });
});

test("a whole response keeps every byte except the name", async () => {
  expect((await ask(RESPONSE, {})).text.trim()).toBe(RESPONSE.replace('"m"', '"[p]-m"'));
});

test("a client that wants one object gets it from a provider that only streams", async () => {
  const { text } = await ask(CREATED + DELTA + COMPLETED, {});
  const completed = { id: "resp_1", object: "response", model: "[p]-m", status: "completed" };
  expect(parseJson(text)).toEqual(completed);
  const cut = await ask(CREATED + DELTA, {});
  expect([cut.status, stringAt(objectAt(parseJson(cut.text), "error"), "message")]).toEqual([
    502,
    "[p] The provider ended the stream before the reply was complete; try again",
  ]);
});

test("a failure event of the provider is passed on unchanged", async () => {
  const failed = COMPLETED.replaceAll("completed", "failed").replace(
    '"status"',
    '"error":{"code":"server_error","message":"no"},"status"',
  );
  const { text } = await ask(CREATED + failed, { stream: true });
  expect(text).toBe((CREATED + failed).replaceAll('"model":"m"', '"model":"[p]-m"'));
});

test.each([
  ["", "The provider ended the stream before the reply was complete; try again"],
  ['event: error\ndata: {"type":"error","code":"server_error","message":"ran dry"}\n\n', "ran dry"],
])("a stream that ends in %p fails with a message", async (end, message) => {
  const { status, text } = await ask(CREATED + DELTA + end, { stream: true });
  const [, , failed = ""] = text.split("\n\n");
  const event = parseJson(failed.slice(failed.indexOf("{")));
  expect([status, stringAt(event, "type"), objectAt(event, "response")]).toEqual([
    200,
    "response.failed",
    {
      id: "resp_1",
      object: "response",
      model: "[p]-m",
      status: "failed",
      error: { code: "server_error", message: `[p] ${message}` },
    },
  ]);
});

test.each([
  [400, '{"error":{"message":"bad input","type":"invalid_request_error"}}', 400, "[p] bad input"],
  [200, '{"error":{"message":"bad input","type":"invalid_request_error"}}', 400, "[p] bad input"],
  [
    404,
    '{"error":{"message":"The model `m` does not exist","code":"model_not_found"}}',
    404,
    "model '[p]-m' not found",
  ],
])("an error response with %d %s keeps its status", async (given, body, status, message) => {
  const answer = await ask(body, { stream: true }, given);
  expect(answer.status).toBe(status);
  expect(stringAt(objectAt(parseJson(answer.text), "error"), "message")).toBe(message);
});

test.each([
  ["counted on", '"sequence_number":7,', 8],
  ["counted from 0", "", 1],
])("the sequence number of a failure is %s", async (_how, number, expected) => {
  const event = `event: response.created\ndata: {"type":"response.created",${number}"response":{"id":"resp_1"}}\n\n`;
  const { text } = await ask(event, { stream: true });
  const [, failed = ""] = text.split("\n\n");
  expect(parseJson(failed.slice(failed.indexOf("{")))).toMatchObject({ sequence_number: expected });
});

test.each(["completed", "incomplete", "failed"])(
  "a reply that is %s is over, whatever follows",
  async (status) => {
    const last = COMPLETED.replaceAll("completed", status);
    const { text } = await ask(CREATED + last + DELTA, { stream: true });
    expect(text).toBe((CREATED + last).replaceAll('"model":"m"', '"model":"[p]-m"'));
  },
);
