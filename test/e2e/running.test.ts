/** `/api/ps`, and `/api/show` with values of the client, of a provider that is an Ollama server and of others. */
import { expect, test } from "bun:test";
import { arrayAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const HI = [{ role: "user", content: "hi" }];
const RUNNING = {
  name: "big:70b",
  model: "big:70b",
  size: 42949672960,
  digest: "a".repeat(64),
  details: {
    parent_model: "",
    format: "gguf",
    family: "llama",
    families: ["llama"],
    parameter_size: "70B",
    quantization_level: "Q4_K_M",
  },
  expires_at: "2026-01-01T00:04:00.5+01:00",
  size_vram: 21474836480,
  context_length: 4096,
};
const SOON = { ...RUNNING, name: "small:1b", model: "small:1b", expires_at: "2026-01-01T00:02:00+01:00" };
const REPLY = { choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] };

test("/api/ps asks an Ollama server, and keeps window, size and processor", async () => {
  using server = startUpstream(({ path }) =>
    path === "/api/ps" ? Response.json({ models: [SOON, RUNNING] }) : Response.json({ models: [] }),
  );
  using host = startUpstream(() => Response.json(REPLY));
  await using app = await startTestApp([
    testProvider(server.url, { name: "o", apiType: "ollama", models: undefined }),
    testProvider(`${host.url}/v1`),
  ]);
  await (await post(`${app.url}/api/chat`, { model: "[p]-m", messages: HI, stream: false })).text();
  const answer = await (await fetch(`${app.url}/api/ps`)).json();
  expect(arrayAt(answer, "models")).toEqual([
    expect.objectContaining({ name: "[p]-m", expires_at: "2026-01-01T00:05:00.000Z" }),
    { ...RUNNING, name: "[o]-big:70b", model: "[o]-big:70b" },
    { ...SOON, name: "[o]-small:1b", model: "[o]-small:1b" },
  ]);
});

test("/api/ps has none of a server's models that the configuration does not show", async () => {
  using server = startUpstream(() => Response.json({ models: [RUNNING, SOON] }));
  const models = [{ name: "small:1b" }];
  await using app = await startTestApp([testProvider(server.url, { apiType: "ollama", models })]);
  expect(await (await fetch(`${app.url}/api/ps`)).json()).toMatchObject({
    models: [{ name: "[p]-small:1b" }],
  });
});

test.each([
  ["an error", () => new Response("404 page not found", { status: 404 })],
  ["no list", () => new Response("hello")],
])("/api/ps has the recently used models of a server that answers with %s", async (_what, answer) => {
  const line = { model: "m", message: { role: "assistant", content: "Hi" }, done: true };
  using server = startUpstream(({ path }) => (path === "/api/ps" ? answer() : Response.json(line)));
  await using app = await startTestApp([testProvider(server.url, { apiType: "ollama" })], fixedRuntime());
  await (await post(`${app.url}/api/chat`, { model: "[p]-m", messages: HI, stream: false })).text();
  expect(await (await fetch(`${app.url}/api/ps`)).json()).toMatchObject({ models: [{ name: "[p]-m" }] });
});

test("/api/show passes system and options to an Ollama server, and keeps null", async () => {
  const shown = {
    modelfile: "# Modelfile",
    details: {},
    model_info: { "general.architecture": "llama", "tokenizer.ggml.tokens": null },
    capabilities: ["completion"],
    modified_at: "2026-01-01T00:00:00Z",
  };
  using server = startUpstream(() => Response.json(shown));
  await using app = await startTestApp([testProvider(server.url, { apiType: "ollama" })]);
  const query = { model: "[p]-m", system: "Be brief", options: { temperature: 0.1 } };
  for (const ask of [query, { model: "[p]-m" }, query, { model: "[p]-m" }]) {
    expect(await (await post(`${app.url}/api/show`, ask)).json()).toMatchObject({
      model_info: { "tokenizer.ggml.tokens": null },
    });
  }
  // Only the plain description is kept.
  expect(server.received.map(({ text }) => JSON.parse(text))).toEqual([
    { ...query, model: "m" },
    { model: "m" },
    { ...query, model: "m" },
  ]);
});

test("/api/show of a hosted model shows system and options where a real server does", async () => {
  await using app = await startTestApp([testProvider("http://127.0.0.1:9/v1")]);
  const plain = await (await post(`${app.url}/api/show`, { model: "[p]-m" })).json();
  expect(plain).not.toHaveProperty("system");
  const options = { temperature: 0.1, stop: ["a", "b"], num_ctx: 99 };
  const shown = await (
    await post(`${app.url}/api/show`, { model: "[p]-m", system: "Be brief", options })
  ).json();
  expect(shown).toMatchObject({
    system: "Be brief",
    modelfile: expect.stringContaining(
      "\nSYSTEM Be brief\nPARAMETER num_ctx 99\nPARAMETER temperature 0.1\nPARAMETER stop a\nPARAMETER stop b\n",
    ),
  });
  expect(shown).toHaveProperty("parameters", expect.stringMatching(/^num_ctx +32768$/));
  const wrong = await post(`${app.url}/api/show`, { model: "[p]-m", options: "x" });
  expect([wrong.status, await wrong.json()]).toEqual([
    400,
    {
      error:
        "json: cannot unmarshal string into Go struct field ShowRequest.options of type map[string]interface {}",
    },
  ]);
});
