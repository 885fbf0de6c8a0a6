/** `/v1/embeddings`: the vectors come in the form that the client asked for, whatever the provider sends, refuses or limits. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { type Received, startUpstream } from "../support/upstream.ts";

const VECTOR = [1, 0, 0.5, -2];
const BASE64 = "AACAPwAAAAAAAAA/AAAAwA==";

interface Asked {
  readonly status: number;
  readonly text: string;
  readonly bodies: readonly Record<string, unknown>[];
}

async function ask(
  body: object,
  answer: (body: Record<string, unknown>) => Response,
  config = {},
): Promise<Asked> {
  using upstream = startUpstream(({ text }: Received) => answer(JSON.parse(text)));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, config)]);
  const response = await post(`${app.url}/v1/embeddings`, { model: "[p]-m", ...body });
  const bodies = upstream.received.map(({ text }) => JSON.parse(text));
  return { status: response.status, text: await response.text(), bodies };
}

function vectors(...embeddings: readonly unknown[]): Response {
  const data = embeddings.map((embedding, index) => ({ object: "embedding", index, embedding }));
  return Response.json({
    object: "list",
    data,
    model: "m",
    usage: { prompt_tokens: 1, total_tokens: 1, cost: 0.5 },
  });
}

test.each<[what: string, asked: object, sent: unknown, expected: unknown]>([
  ["floats as base64", { encoding_format: "base64" }, VECTOR, BASE64],
  ["base64 as base64", { encoding_format: "base64" }, BASE64, BASE64],
  ["a format in capitals", { encoding_format: "BASE64" }, VECTOR, BASE64],
  ["base64 as floats", { encoding_format: "float" }, BASE64, VECTOR],
  ["base64 unasked", {}, BASE64, VECTOR],
  ["a list of one list", {}, [VECTOR], VECTOR],
  ["an object of formats as base64", { encoding_format: "base64" }, { float: VECTOR }, BASE64],
  ["more dimensions than asked", { dimensions: 2 }, [3, 4, 12], [0.6, 0.8].map(Math.fround)],
  ["as many dimensions as asked", { dimensions: 3 }, [3, 4, 12], [3, 4, 12]],
])("%s", async (_, asked, sent, expected) => {
  for (const config of [{}, { apiType: "ollama" }]) {
    const { text } = await ask({ input: "x", ...asked }, () => vectors(sent), config);
    expect(JSON.parse(text)).toEqual({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: expected }],
      model: "[p]-m",
      usage: { prompt_tokens: 1, total_tokens: 1, cost: 0.5 },
    });
  }
});

test.each(["[1.0, 2e0]", "[1.0]"])("a vector that needs no change keeps every byte: %s", async (vector) => {
  const sent = `{ "data": [ {"embedding": ${vector}, "index": 0, "x": 1e400} ], "model" : "m" }`;
  const { text } = await ask({ input: "x" }, () => new Response(sent));
  expect(text).toBe(sent.replace('"m"', '"[p]-m"'));
});

test("only the vectors of a reply are changed", async () => {
  const sent = '{ "data": [ {"embedding": [1.0, 2e0], "index": 0, "x": 1e400} ], "model" : "m" }';
  const { text } = await ask({ input: "x", encoding_format: "base64" }, () => new Response(sent));
  expect(text).toBe('{ "data": [{"embedding": "AACAPwAAAEA=", "index": 0, "x": 1e400}], "model" : "[p]-m" }');
});

test.each<[what: string, sent: unknown]>([
  ["a hole", [1, null]],
  ["no number", "AADAfw=="],
  ["nothing", []],
])("a vector with %s is an error", async (_, sent) => {
  for (const encoding_format of ["float", "base64"]) {
    const { status, text } = await ask({ input: "x", encoding_format }, () => vectors(sent));
    expect(status).toBe(502);
    expect(JSON.parse(text).error.message).toStartWith("[p] The provider ");
  }
});

const SENT = [
  [1, 0],
  [0, 1],
  [-1, 0],
];

/** What a provider sends for three inputs, whose vectors are those of `SENT`. */
const ORDERS: readonly (readonly [what: string, reply: unknown])[] = [
  ["in another order", { data: [entry(3, 2), entry(1, 0), entry(2, 1)] }],
  ["numbered from one", { data: [entry(1, 1), entry(2, 2), entry(3, 3)] }],
  ["numbered as text", { data: [entry(2, "1"), entry(1, "0"), entry(3, "2")] }],
  ["all with the number 0", { data: [entry(1, 0), entry(2, 0), entry(3, 0)] }],
  ["without numbers", { data: [entry(1), entry(2), entry(3)] }],
  ["without `data` around them", [entry(2, 1), entry(1, 0), entry(3, 2)]],
  ["as bare lists", SENT],
  ["under `embeddings`", { embeddings: SENT }],
];

function entry(number: number, index?: unknown): object {
  return { embedding: SENT[number - 1], ...(index === undefined ? {} : { index }) };
}

test.each(ORDERS)("vectors %s are in the order of the inputs", async (_, reply) => {
  const { text } = await ask({ input: ["a", "b", "c"] }, () => Response.json(reply));
  const { data } = JSON.parse(text);
  expect(data.map(({ index }: { index: unknown }) => index)).toEqual([0, 1, 2]);
  expect(data.map(({ embedding }: { embedding: unknown }) => embedding)).toEqual(SENT);
  using upstream = startUpstream(() => Response.json(reply));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const embed = await post(`${app.url}/api/embed`, {
    model: "[p]-m",
    input: ["a", "b", "c"],
    truncate: false,
  });
  expect(await embed.json()).toMatchObject({ embeddings: SENT });
});

test.each<[what: string, data: readonly object[]]>([
  ["one is missing in the middle", [entry(1, 0), entry(3, 2)]],
  ["two have the same number", [entry(1, 0), entry(2, 0), entry(3, 1)]],
])("no vector is guessed where %s", async (_, data) => {
  const { status, text } = await ask({ input: ["a", "b", "c"] }, () => Response.json({ data }));
  expect(status).toBe(502);
  expect(JSON.parse(text).error.message).toBe("[p] The provider sent 2 embeddings for 3 inputs; try again");
});

test("a missing vector is an error, not a shorter list", async () => {
  const { status, text } = await ask({ input: ["a", "b"] }, () => vectors(VECTOR));
  expect(status).toBe(502);
  expect(JSON.parse(text).error.message).toBe("[p] The provider sent 1 embedding for 2 inputs; try again");
});

test.each([
  "Value 'base64' provided for 'encoding_format' argument is invalid",
  "encoding_format is not supported",
  "Unsupported parameter: 'encoding_format'",
])("after a rejected format the request is sent without it: %s", async (message) => {
  const { text, bodies } = await ask({ input: "x", encoding_format: "base64", user: "u" }, (body) =>
    "encoding_format" in body ? Response.json({ error: { message } }, { status: 400 }) : vectors(VECTOR),
  );
  expect(JSON.parse(text).data[0].embedding).toBe(BASE64);
  expect(bodies.at(-1)).toEqual({ model: "m", input: "x", user: "u" });
});

test.each<[what: string, input: readonly unknown[]]>([
  ["texts", ["1", "2", "3"]],
  ["lists of tokens", [[1], [2], [3]]],
])("more %s than the provider accepts are sent in several requests with all fields", async (_, input) => {
  const asked = { input, dimensions: 1, user: "u", input_type: "query", encoding_format: "base64" };
  const config = { options: { maxEmbeddingBatch: 2 } };
  const { text, bodies } = await ask(
    asked,
    (body) => vectors(...[body["input"]].flat(1).map((item) => [Number(item)])),
    config,
  );
  expect(
    bodies.toSorted((a, b) => JSON.stringify(a["input"]).localeCompare(JSON.stringify(b["input"]))),
  ).toEqual([
    { model: "m", input: input.slice(0, 2), dimensions: 1, user: "u", input_type: "query" },
    { model: "m", input: input.slice(2), dimensions: 1, user: "u", input_type: "query" },
  ]);
  expect(JSON.parse(text)).toEqual({
    object: "list",
    data: ["AACAPw==", "AAAAQA==", "AABAQA=="].map((embedding, index) => ({
      object: "embedding",
      embedding,
      index,
    })),
    model: "[p]-m",
    usage: { prompt_tokens: 2, total_tokens: 2 },
  });
});

test.each([
  ["names its limit", "input batch size 5 > maximum allowed batch size 2", [5, 2, 2, 1]],
  ["names none", "Too many inputs in request, split into more batches.", [5, 3, 2, 2, 1]],
])("a provider that %s gets as many texts as it accepts", async (_, message, sizes) => {
  const { status, text, bodies } = await ask({ input: ["1", "2", "3", "4", "5"] }, (body) => {
    const inputs = [body["input"]].flat();
    const isFew = inputs.length <= 2;
    return isFew
      ? vectors(...inputs.map((item) => [Number(item)]))
      : Response.json({ error: { message } }, { status: 400 });
  });
  expect(status).toBe(200);
  expect(JSON.parse(text).data.map(({ embedding }: { embedding: unknown }) => embedding)).toEqual([
    [1],
    [2],
    [3],
    [4],
    [5],
  ]);
  expect(new Set(bodies.map(({ input }) => [input].flat().length))).toEqual(new Set(sizes));
});

test("a text that is too long gets the provider's error and is not cut", async () => {
  const message = "This model's maximum context length is 2 tokens";
  const { status, text, bodies } = await ask({ input: ["a", "b"] }, () =>
    Response.json({ error: { message } }, { status: 400 }),
  );
  expect([status, JSON.parse(text).error.code]).toEqual([400, "context_length_exceeded"]);
  expect(bodies).toHaveLength(1);
});

test("tokens and unknown fields reach the provider unchanged", async () => {
  for (const input of [
    [1, 2, 3],
    [{ image: "data:" }, { text: "a" }],
  ]) {
    const { bodies } = await ask({ input, vendor: { a: null } }, () => vectors(VECTOR, VECTOR));
    expect(bodies).toEqual([{ model: "m", input, vendor: { a: null } }]);
  }
});

test("OpenAI's own library reads the vectors of a provider that sends floats", async () => {
  using upstream = startUpstream(() => vectors(VECTOR));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const client = new OpenAI({ baseURL: `${app.url}/v1`, apiKey: "none" });
  const { data } = await client.embeddings.create({ model: "[p]-m", input: "x" });
  expect(data[0]?.embedding).toEqual(VECTOR);
});

test.each([
  'Model "m" does not support matryoshka representation, changing output dimensions will lead to poor results.',
  'Model "m" only supports [64, 128] matryoshka dimensions, use other output dimensions will lead to poor results.',
  "This model does not support specifying dimensions.",
  "litellm.UnsupportedParamsError: Setting dimensions is not supported for this model. To drop it from the call, set `litellm.drop_params = True`",
  "Argument 'dimensions' is not supported by our API",
  "Invalid parameter: dimensions",
])("dimensions that the provider refuses are applied here: %s", async (message) => {
  using upstream = startUpstream(({ text }) =>
    text.includes("dimensions")
      ? Response.json({ error: { message } }, { status: 400 })
      : vectors([3, 4, 12]),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const body = { model: "[p]-m", input: "x", dimensions: 2 };
  const openai: unknown = await (await post(`${app.url}/v1/embeddings`, body)).json();
  expect(openai).toMatchObject({ data: [{ embedding: [0.6, 0.8].map(Math.fround) }] });
  const ollama: unknown = await (await post(`${app.url}/api/embed`, body)).json();
  expect(ollama).toMatchObject({ embeddings: [[0.6, 0.8].map(Math.fround)] });
});

test("more dimensions than the model has are the client's error", async () => {
  const message = "Invalid value for 'dimensions' = 5000. Must be less than or equal to 1536.";
  const asked = await ask({ input: "x", dimensions: 5000 }, () =>
    Response.json({ error: { message } }, { status: 400 }),
  );
  expect([asked.status, asked.bodies.length]).toEqual([400, 1]);
  expect(asked.text).toContain(message);
});

test("a batch with too many tokens is split, and other batches are not", async () => {
  const sizes: number[] = [];
  using upstream = startUpstream(({ text }) => {
    const { input }: { input: string[] } = JSON.parse(text);
    sizes.push(input.length);
    return input.join("").length > 20
      ? Response.json(
          {
            error: {
              message: "Requested 40 tokens, max 20 tokens per request",
              code: "max_tokens_per_request",
            },
          },
          { status: 400 },
        )
      : vectors(...input.map((_, index) => [index + 1]));
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  for (const [path, texts] of [
    ["/v1/embeddings", Array.from({ length: 4 }, () => "abcdefghij")],
    ["/api/embed", Array.from({ length: 4 }, () => "abcdefghij")],
    ["/v1/embeddings", ["a", "b", "c", "d"]],
  ] as const) {
    const response = await post(app.url + path, { model: "[p]-m", input: texts });
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  }
  expect(sizes).toEqual([4, 2, 2, 4, 2, 2, 4]);
});
