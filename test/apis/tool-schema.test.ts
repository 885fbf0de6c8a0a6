/** Tool schemas without references for providers that need simple schemas. The size of resolved references is limited. */
import { expect, test } from "bun:test";
import { isObject } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const ANSWER = { choices: [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }] };

/** The parameters that the provider gets of each tool. */
async function sent(schemas: readonly object[]): Promise<readonly unknown[]> {
  using upstream = startUpstream(() => Response.json(ANSWER));
  const provider = testProvider(`${upstream.url}/v1`, { options: { toolSchemas: "simplified" } });
  await using app = await startTestApp([provider]);
  const tools = schemas.map((parameters, index) => ({
    type: "function",
    function: { name: `f${index}`, parameters },
  }));
  const request = { model: "[p]-m", messages: [{ role: "user", content: "hi" }], tools, stream: false };
  await (await post(`${app.url}/api/chat`, request)).text();
  const body: { readonly tools: readonly { readonly function: { readonly parameters: unknown } }[] } =
    JSON.parse(upstream.received.at(-1)?.text ?? "");
  return body.tools.map((tool) => tool.function.parameters);
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}

/** A definition of `width` fields, each of which is one of the definitions. */
function circle(width: number, name = "a"): object {
  const properties = Object.fromEntries(
    Array.from({ length: width }, (_, index) => [`p${index}`, { $ref: "#/$defs/a" }]),
  );
  return { $ref: "#/$defs/a", $defs: { a: { type: "object", title: name, properties } } };
}

function node(next: object): object {
  return { type: "object", properties: { next } };
}

test("a definition is put in place of a reference inside itself twice", async () => {
  const tree = {
    type: "object",
    properties: { root: { $ref: "#/$defs/node" } },
    $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } },
  };
  expect(await sent([tree])).toEqual([{ type: "object", properties: { root: node(node(node({}))) } }]);
});

test("a schema that would grow too large is followed less far, and stays an object", async () => {
  const [plain] = await sent([circle(40)]);
  expect(plain).toMatchObject({ type: "object", properties: { p0: {}, p39: {} } });
  expect(sizeOf(plain)).toBeLessThan(100_000);
});

test("a few bytes never become megabytes", async () => {
  const wide = Array.from({ length: 200 }, (_, index) => `d${index}`);
  const $defs = Object.fromEntries(
    wide.map((name) => [
      name,
      {
        type: "object",
        properties: Object.fromEntries(wide.map((other) => [other, { $ref: `#/$defs/${other}` }])),
      },
    ]),
  );
  const [plain] = await sent([{ ...$defs["d0"], $defs }]);
  expect(sizeOf(plain)).toBeLessThan(200_000);
});

test("a long text that is referred to often is not repeated as often", async () => {
  const properties = Object.fromEntries(
    Array.from({ length: 2000 }, (_, index) => [`p${index}`, { $ref: "#/$defs/a" }]),
  );
  const schema = {
    type: "object",
    properties,
    $defs: { a: { type: "string", description: "d".repeat(50_000) } },
  };
  const [plain] = await sent([schema]);
  expect(sizeOf(plain)).toBeLessThan(300_000);
});

test("the tools of a request share one limit", async () => {
  const plain = await sent(Array.from({ length: 60 }, (_, index) => circle(40, `t${index}`)));
  expect(plain).toHaveLength(60);
  expect(plain.every((schema) => isObject(schema))).toBe(true);
  expect(sizeOf(plain)).toBeLessThan(2_000_000);
});

test("what the client wrote out is never shortened", async () => {
  const properties = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [
      `p${index}`,
      { type: "string", description: "d".repeat(100) },
    ]),
  );
  expect(await sent([{ type: "object", properties }])).toEqual([{ type: "object", properties }]);
});

test("keywords that simple schemas have stay as they are, and the others are left out", async () => {
  const kept = {
    type: "object",
    title: "t",
    description: "d",
    nullable: true,
    required: ["s"],
    properties: {
      s: { type: "string", format: "date", pattern: "^a", minLength: 1, maxLength: 9 },
      n: { type: "number", minimum: 1, maximum: 9 },
      l: { type: "array", minItems: 1, maxItems: 9, items: { type: "string" } },
    },
  };
  const others = {
    additionalProperties: false,
    $schema: "x",
    default: {},
    examples: [1],
    patternProperties: {},
  };
  expect(await sent([{ ...kept, ...others }])).toEqual([kept]);
});
