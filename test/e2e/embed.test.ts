/** Embeddings through `/api/embed` and `/api/embeddings`, from hosts that send them in every shape. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";
import { arrayAt } from "../../src/wire/json.ts";

async function embed(answer: (inputs: readonly unknown[]) => unknown, body: object, path = "/api/embed") {
  using upstream = startUpstream(({ text }) => Response.json(answer(arrayAt(JSON.parse(text), "input"))));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await post(app.url + path, { model: "[p]-m", ...body });
  const requests = upstream.received.map(({ path: to, text }) => ({ to, body: JSON.parse(text) }));
  return { status: response.status, reply: await response.json(), requests };
}

test.each([
  ["numbers", [3, 4], [0.6, 0.8]],
  ["base64", "AABAQAAAgEA=", [0.6, 0.8]],
  ["an object of formats", { float: [3, 4] }, [0.6, 0.8]],
  ["a list of one list", [[3, 4]], [0.6, 0.8]],
  ["zeros", [0, 0], [0, 0]],
])("vectors sent as %s come with length 1", async (_shape, embedding, expected) => {
  const { reply, requests } = await embed(
    () => ({ data: [{ index: 0, embedding }], usage: { prompt_tokens: 5 } }),
    {
      input: "x",
    },
  );
  expect(reply).toEqual({
    model: "[p]-m",
    embeddings: [expected.map(Math.fround)],
    total_duration: 1,
    load_duration: 1,
    prompt_eval_count: 5,
  });
  expect(requests).toEqual([{ to: "/v1/embeddings", body: { model: "m", input: ["x"] } }]);
});

test("a vector of any length comes with length 1", async () => {
  const count = 1_000_000;
  const { reply } = await embed(() => ({ data: [{ index: 0, embedding: Array(count).fill(3) }] }), {
    input: "x",
  });
  const vector = arrayAt(reply, "embeddings").flat();
  expect([vector.length, ...new Set(vector)]).toEqual([count, Math.fround(1 / Math.sqrt(count))]);
});

test("many inputs go in batches and come back in order", async () => {
  const input = Array.from({ length: 150 }, (_, index) => String(index + 1));
  const { reply, requests } = await embed(
    (inputs) => ({
      data: inputs.map((text, index) => ({ index, embedding: [Number(text), 0] })).toReversed(),
      usage: { prompt_tokens: inputs.length },
    }),
    { input },
    "/api/embed",
  );
  expect(requests.map(({ body }) => body.input.length).toSorted((a, b) => a - b)).toEqual([22, 64, 64]);
  expect(reply).toMatchObject({ prompt_eval_count: 150, embeddings: input.map(() => [1, 0]) });
});

test("dimensions are sent, and vectors are cut if the provider ignores them", async () => {
  const { reply, requests } = await embed(() => ({ data: [{ embedding: [3, 4, 12] }] }), {
    input: ["x"],
    dimensions: 2,
  });
  expect(requests[0]?.body).toEqual({ model: "m", input: ["x"], dimensions: 2 });
  expect(reply).toMatchObject({ embeddings: [[Math.fround(0.6), Math.fround(0.8)]] });
});

test("the older route returns the vector unchanged", async () => {
  const { reply } = await embed(
    () => ({ data: [{ embedding: [3, 4] }] }),
    { prompt: "x" },
    "/api/embeddings",
  );
  expect(reply).toEqual({ embedding: [3, 4] });
});

test.each([
  ["is no base64", [{ index: 0, embedding: "\ud800" }]],
  ["has a hole", [{ index: 0, embedding: [1, null, 2] }]],
  ["answers nothing that was asked", [{ index: 7, embedding: [1] }]],
])("a vector that %s is an error", async (_what, data) => {
  const { status, reply } = await embed(() => ({ data }), { input: "x" });
  expect([status, reply]).toEqual([
    502,
    { error: "[p] The provider sent 0 embeddings for 1 input; try again" },
  ]);
});

test("a missing vector is an error, not a shorter list", async () => {
  const { status, reply } = await embed(() => ({ data: [{ index: 0, embedding: [1] }] }), {
    input: ["a", "b"],
  });
  expect(status).toBe(502);
  expect(reply).toEqual({ error: "[p] The provider sent 1 embedding for 2 inputs; try again" });
});

test("the batch with a text that may be too long goes first and alone", async () => {
  const long = "x".repeat(20);
  using upstream = startUpstream(({ text }) => {
    const inputs = arrayAt(JSON.parse(text), "input");
    return Response.json({ data: inputs.map((_, index) => ({ index, embedding: [1] })) });
  });
  const provider = testProvider(`${upstream.url}/v1`, {
    models: [{ name: "m", contextLength: 10 }],
    options: { maxEmbeddingBatch: 1 },
  });
  await using app = await startTestApp([provider]);
  const response = await post(`${app.url}/api/embed`, { model: "[p]-m", input: ["a", long] });
  expect(await response.json()).toMatchObject({ embeddings: [[1], [1]] });
  expect(upstream.received.map(({ text }) => arrayAt(JSON.parse(text), "input"))).toEqual([[long], ["a"]]);
});

test("a field of a wrong type is an error in the words of a real Ollama", async () => {
  const { status, reply, requests } = await embed(() => ({}), { input: "x", dimensions: "2" });
  expect([status, reply, requests]).toEqual([
    400,
    { error: "json: cannot unmarshal string into Go struct field EmbedRequest.dimensions of type int" },
    [],
  ]);
});
