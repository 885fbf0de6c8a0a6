/** What models, hosts and clients get wrong about tools, on every client API; and what must stay as it is. */
import { expect, test } from "bun:test";
import { unreachable } from "../../src/chat/event.ts";
import { arrayAt, isObject, objectAt, parseJson, stringAt } from "../../src/wire/json.ts";
import { type ClientPath, PATHS, REQUESTS, completion, json, sent } from "../support/every-client.ts";
import { useProxy } from "../support/shared-proxy.ts";

const proxy = useProxy();

function toolOf(path: ClientPath, schema: string): string {
  switch (path) {
    case "/v1/messages":
      return `{"name":"f","input_schema":${schema}}`;
    case "/v1/responses":
      return `{"type":"function","name":"f","parameters":${schema}}`;
    case "/api/chat":
    case "/v1/chat/completions":
      return `{"type":"function","function":{"name":"f","parameters":${schema}}}`;
    default:
      return unreachable(path);
  }
}

async function sentSchema(path: ClientPath, schema: string): Promise<string> {
  const text = await sent(proxy, path, `{"tools":[${toolOf(path, schema)}],${REQUESTS[path]}}`);
  const parameters = /"parameters":(.*)\}\}\]/.exec(text)?.[1];
  return parameters ?? text;
}

const NOTHING = '{"type":"object","properties":{}}';

test.each(
  PATHS.flatMap((path) =>
    [
      ["null", NOTHING],
      ["{}", NOTHING],
      ['{"type":""}', NOTHING],
      ['{"type":"object","properties":null,"required":null}', NOTHING],
      ['{"type":"object","properties":[]}', NOTHING],
      ['{"type":"object"}', NOTHING],
      [
        '{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string","description":null}},"required":null},"c":null,"d":{"type":""}},"required":["a"]}',
        '{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}}},"c":{},"d":{}},"required":["a"]}',
      ],
      [
        '{"type":"object","properties":{"a":{"anyOf":[{"type":"string","enum":null},{"type":"array","items":null}]}}}',
        '{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"array"}]}}}',
      ],
    ].map(([schema = "", expected = ""]) => ({ path, schema, expected })),
  ),
)("$path sends the schema $schema as a schema of an object", async ({ path, schema, expected }) => {
  expect(await sentSchema(path, schema)).toBe(expected);
});

test.each(
  PATHS.flatMap((path) =>
    [
      '{"type":"object","properties":{"required":{"type":["string","null"],"default":null,"enum":["a",null],"const":null}},"required":[]}',
      '{"$ref":"#/$defs/a","$defs":{"a":{"type":"object","properties":{"type":{"type":"integer","maximum":9223372036854775807}}}}}',
      '{"anyOf":[{"type":"object","properties":{"a":{}}},{"type":"object","properties":{"b":true}}]}',
      '{"type":"string"}',
    ].map((schema) => ({ path, schema })),
  ),
)("$path leaves the schema $schema alone", async ({ path, schema }) => {
  expect(await sentSchema(path, schema)).toBe(schema);
});

test("/v1/chat/completions leaves a tool without parameters alone", async () => {
  const tools = '[{"type":"function","function":{"name":"f"}}]';
  const body = `{"tools":${tools},${REQUESTS["/v1/chat/completions"]}}`;
  expect(await sent(proxy, "/v1/chat/completions", body)).toBe(body.replace("[p]-m", "m"));
});

const LONG = "-7234567890123456781";

/** A conversation with one call, whose arguments hold a long integer. */
const HISTORIES = {
  "/api/chat": `"model":"[p]-m","stream":false,"messages":[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"id":${LONG}}}}]},{"role":"tool","content":"1"}]`,
  "/v1/chat/completions": `"model":"[p]-m","seed":${LONG},"messages":[{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\\"id\\":${LONG}}"}}]},{"role":"tool","tool_call_id":"a","content":"1"}]`,
  "/v1/messages": `"model":"[p]-m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{"id":${LONG}}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"}]}]`,
  "/v1/responses": `"model":"[p]-m","input":[{"type":"function_call","call_id":"a","name":"f","arguments":"{\\"id\\":${LONG}}"},{"type":"function_call_output","call_id":"a","output":"1"}]`,
} as const satisfies Record<ClientPath, string>;

test.each(PATHS)("%s keeps the digits of arguments in the history, and those of schemas", async (path) => {
  const text = await sent(
    proxy,
    path,
    `{"tools":[${toolOf(path, `{"minimum":${LONG}}`)}],${HISTORIES[path]}}`,
  );
  expect(text).toContain(`"arguments":"{\\"id\\":${LONG}}"`);
  expect(text).toContain(`"minimum":${LONG}`);
});

test.each(PATHS)("%s keeps the digits of arguments in a whole reply", async (path) => {
  const call = `{"id":"a","type":"function","function":{"name":"f","arguments":"{\\"id\\": ${LONG}, \\"b\\": 1, \\"1\\": 2}"}}`;
  const answer = json(completion(`{"role":"assistant","content":null,"tool_calls":[${call}]}`));
  const { text } = await proxy.exchange(answer, path, `{${REQUESTS[path]}}`);
  expect(text.replaceAll(/[\\" ]/g, "")).toContain(`{id:${LONG},b:1,1:2}`);
});

test("arguments that are nested deep are sent, whatever their digits", async () => {
  const deep = `${'{"a":'.repeat(9900)}${LONG}${"}".repeat(9900)}`;
  const call = `{"function":{"name":"f","arguments":${deep}}}`;
  const messages = `[{"role":"assistant","content":"","tool_calls":[${call}]}]`;
  expect(await sent(proxy, "/api/chat", `{"model":"[p]-m","stream":false,"messages":${messages}}`)).toContain(
    "a",
  );
});

/** The calls of a whole reply, as each client API has them. */
function callsIn(
  path: ClientPath,
  text: string,
): readonly (readonly [id: string | undefined, args: unknown])[] {
  const reply = parseJson(text);
  switch (path) {
    case "/api/chat":
      return arrayAt(objectAt(reply, "message"), "tool_calls").map((call) => [
        stringAt(call, "id"),
        objectAt(call, "function")?.["arguments"],
      ]);
    case "/v1/chat/completions":
      return arrayAt(objectAt(arrayAt(reply, "choices")[0], "message"), "tool_calls").map((call) => [
        stringAt(call, "id"),
        parseJson(stringAt(objectAt(call, "function"), "arguments") ?? ""),
      ]);
    case "/v1/messages":
      return arrayAt(reply, "content").map((block) => [stringAt(block, "id"), objectAt(block, "input")]);
    case "/v1/responses":
      return arrayAt(reply, "output").map((item) => [
        stringAt(item, "call_id"),
        parseJson(stringAt(item, "arguments") ?? ""),
      ]);
    default:
      return unreachable(path);
  }
}

test.each(PATHS)("%s tells calls with one id, or none, apart in a whole reply", async (path) => {
  const calls = [
    String.raw`{"id":"same","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}`,
    String.raw`{"id":"same","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}`,
    String.raw`{"id":null,"type":"function","function":{"name":"f","arguments":"{\"a\":\"x\n\\d\"}"}}`,
    String.raw`{"type":"function","function":{"name":"f","arguments":"{}"}}`,
  ];
  const answer = json(
    completion(`{"role":"assistant","content":null,"tool_calls":[${calls.join(",")}]}`, "tool_calls"),
  );
  const { text } = await proxy.exchange(answer, path, `{${REQUESTS[path]}}`);
  const found = callsIn(path, text);
  expect(found.map(([, args]) => args)).toEqual([
    { a: 1 },
    { a: 1 },
    { a: String.raw`x` + "\n" + String.raw`\d` },
    {},
  ]);
  expect(found[0]?.[0]).toBe("same");
  expect(new Set(found.map(([id]) => id)).size).toBe(4);
  expect(found.every(([id]) => id !== undefined && id !== "")).toBe(true);
});

test("a relayed reply whose calls are fine keeps every byte but the name", async () => {
  const call = String.raw`{ "id" : "a", "type":"function", "function" : {"name":"f","arguments":"{ \"p\": \"C:\\\\new \u00e9 \\ud83d\\ude00\" }"} }`;
  const reply = completion(
    `{"role":"assistant", "content":"\\u003c \`\`\`json\\n{}\`\`\`","tool_calls":[${call}]}`,
  );
  const answer = json(reply);
  const { text } = await proxy.exchange(
    answer,
    "/v1/chat/completions",
    `{${REQUESTS["/v1/chat/completions"]}}`,
  );
  expect(text).toBe(reply.replace('"model":"m"', '"model":"[p]-m"'));
});

test.each([
  ["are cut", String.raw`{\"cmd\":\"rm a\nb`],
  ["may mean two things", String.raw`{\"path\":\"C:\\dir\\new\"}`],
  ["break off in an escape", String.raw`{\"a\":\"\\u12\"}`],
  ["are a list", "[1]"],
])(
  "arguments that %s are an error, and relayed in another form only where a part is certain",
  async (_what, args) => {
    const call = `{"id":"a","type":"function","function":{"name":"f","arguments":"${args}"}}`;
    const answer = json(completion(`{"role":"assistant","content":"","tool_calls":[${call}]}`));
    for (const path of ["/api/chat", "/v1/messages"] as const) {
      const { status, text } = await proxy.exchange(answer, path, `{${REQUESTS[path]}}`);
      expect(status).toBe(502);
      expect(text).toContain("arguments that are not a JSON object");
    }
    const { text } = await proxy.exchange(
      answer,
      "/v1/chat/completions",
      `{${REQUESTS["/v1/chat/completions"]}}`,
    );
    const relayed = parseJson(text);
    const [sentOn] = arrayAt(objectAt(arrayAt(relayed, "choices")[0], "message"), "tool_calls");
    expect(isObject(parseJson(stringAt(objectAt(sentOn, "function"), "arguments") ?? ""))).toBe(false);
  },
);
