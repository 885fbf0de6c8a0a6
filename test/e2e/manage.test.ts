/** Models of Ollama servers can be shown, pulled, pushed, created, copied and deleted through the program. */
import { afterEach, expect, jest, test } from "bun:test";
import { arrayAt, stringAt } from "../../src/wire/json.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { type Received, type Upstream, startUpstream } from "../support/upstream.ts";

const DIGEST = `sha256:${"a1".repeat(32)}`;
const SHOWN = {
  license: "MIT",
  modelfile: "FROM /blobs/1",
  parameters: "temperature                    0.7",
  template: "{{ .Prompt }}",
  details: { parent_model: "", format: "gguf", family: "qwen3", families: ["qwen3"] },
  remote_host: "https://elsewhere.example",
  model_info: {
    "general.architecture": "qwen3",
    "general.basename": "Qwen3",
    "qwen3.context_length": 40960,
    "qwen3.embedding_length": 2048,
    "qwen3.rope.freq_base": 1_000_000,
    "tokenizer.ggml.tokens": null,
  },
  capabilities: ["completion", "tools", "audio"],
  modified_at: "2026-08-20T09:00:00.123456789+02:00",
};
const DONE = '{"status":"writing manifest"}\n{"status":"success"}\n';

afterEach(() => void jest.useRealTimers());

function startOllama(): Upstream {
  let names = ["qwen3:8b"];
  return startUpstream((request) => {
    const { method, path, text } = request;
    if (path === "/api/tags") {
      const details = { family: "qwen3", context_length: 40960 };
      return Response.json({
        models: names.map((name) => ({ name, model: name, details, capabilities: ["completion"] })),
      });
    }
    if (path === "/api/show") return Response.json(SHOWN);
    if (path === "/api/copy") names = [...names, "copied"];
    if (path === "/api/delete") names = names.slice(1);
    if (path.startsWith("/api/blobs/")) {
      return new Response(null, { status: method === "HEAD" ? 404 : text === "bytes" ? 201 : 400 });
    }
    return path === "/api/copy" || path === "/api/delete"
      ? new Response(null)
      : new Response(DONE, { headers: { "content-type": "application/x-ndjson" } });
  });
}

async function startLab(upstreams: readonly Upstream[]) {
  return startTestApp(
    upstreams.map((upstream, index) =>
      testProvider(upstream.url, { name: `o${index}`, apiType: "ollama", models: undefined }),
    ),
  );
}

async function listed(url: string): Promise<readonly unknown[]> {
  const response = await fetch(`${url}/api/tags`);
  return arrayAt(await response.json(), "models").map((model) => stringAt(model, "name"));
}

function last({ received }: Upstream): Pick<Received, "method" | "path"> & { readonly body: unknown } {
  const { method, path, text } = received.at(-1) ?? { method: "", path: "", text: "null" };
  return { method, path, body: JSON.parse(text) };
}

test("/api/show has the answer of the server under our name, with one request to the server", async () => {
  using upstream = startOllama();
  await using app = await startLab([upstream]);
  const { remote_host: _, ...shown } = SHOWN;
  for (let round = 0; round < 300; round += 1) {
    const response = await post(`${app.url}/api/show`, { model: "[o0]-qwen3:8b" });
    expect(await response.json()).toEqual({
      ...shown,
      model_info: { ...SHOWN.model_info, "general.basename": "[o0]-qwen3:8b" },
      capabilities: ["completion", "tools"],
    });
  }
  expect(upstream.received.map(({ path }) => path)).toEqual(["/api/tags", "/api/show"]);
});

test("configured values of a model replace those of its server", async () => {
  using upstream = startOllama();
  const models = [{ name: "qwen3:8b", contextLength: 8192, capabilities: ["completion", "vision"] as const }];
  await using app = await startTestApp([testProvider(upstream.url, { apiType: "ollama", models })]);
  const response = await post(`${app.url}/api/show`, { model: "[p]-qwen3:8b" });
  expect(await response.json()).toMatchObject({
    license: "MIT",
    model_info: { "qwen3.context_length": 8192 },
    capabilities: ["completion", "vision"],
  });
});

test("if the server does not answer, /api/show uses the model list", async () => {
  using upstream = startUpstream(() => new Response("out of order", { status: 503 }));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: [{ name: "qwen3:8b" }] }),
  ]);
  const response = await post(`${app.url}/api/show`, { model: "[p]-qwen3:8b" });
  expect(await response.json()).toMatchObject({ model_info: { "general.basename": "[p]-qwen3:8b" } });
});

test("a server that does not answer gets one request, not one for every model", async () => {
  using upstream = startUpstream(() => new Response("out of order", { status: 503 }));
  const models = [{ name: "a" }, { name: "b" }, { name: "c" }];
  await using app = await startTestApp([testProvider(upstream.url, { apiType: "ollama", models })]);
  for (const { name } of models) {
    expect((await post(`${app.url}/api/show`, { model: `[p]-${name}` })).status).toBe(200);
  }
  expect(upstream.received).toHaveLength(1);
});

test("an error in a successful answer names the model as the client does", async () => {
  using upstream = startUpstream(() => Response.json({ error: 'model "m" is in use' }));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: [{ name: "m" }] }),
  ]);
  const response = await fetch(`${app.url}/api/delete`, { method: "DELETE", body: '{"model":"[p]-m"}' });
  expect([response.status, await response.json()]).toEqual([500, { error: '[p] model "[p]-m" is in use' }]);
});

test("creating a model may take longer than a chat", async () => {
  jest.useFakeTimers();
  const asked = Promise.withResolvers<undefined>();
  const made = Promise.withResolvers<undefined>();
  using upstream = startUpstream(async ({ path }) => {
    if (path === "/api/tags") return Response.json({ models: [] });
    asked.resolve(undefined);
    await made.promise;
    return new Response('{"status":"success"}');
  });
  let now = 0;
  await using app = await startTestApp(
    [testProvider(upstream.url, { apiType: "ollama", models: undefined })],
    { ...fixedRuntime(), now: () => now },
  );
  const pulled = post(`${app.url}/api/pull`, { model: "[p]-m", stream: false });
  await asked.promise;
  now += 3_600_000;
  jest.advanceTimersByTime(3_600_000);
  made.resolve(undefined);
  const response = await pulled;
  expect([response.status, await response.text()]).toEqual([200, '{"status":"success"}']);
});

test("a model that its server no longer has is shown as it was listed, and is missing from the next list", async () => {
  let models: readonly object[] = [{ name: "old", details: { family: "qwen3", context_length: 8192 } }];
  using upstream = startUpstream(({ path }) =>
    path === "/api/tags"
      ? Response.json({ models })
      : Response.json({ error: "model 'old' not found" }, { status: 404 }),
  );
  await using app = await startLab([upstream]);
  expect(await listed(app.url)).toEqual(["[o0]-old"]);
  models = [];
  const response = await post(`${app.url}/api/show`, { model: "[o0]-old" });
  expect(await response.json()).toMatchObject({ model_info: { "qwen3.context_length": 8192 } });
  expect(await listed(app.url)).toEqual([]);
});

test("a model is copied under its server's name, and the copy is listed at once", async () => {
  using upstream = startOllama();
  await using app = await startLab([upstream]);
  expect(await listed(app.url)).toEqual(["[o0]-qwen3:8b"]);
  const copied = await post(`${app.url}/api/copy`, { source: "[o0]-qwen3:8b", destination: "[o0]-copied" });
  expect([copied.status, await copied.text()]).toEqual([200, ""]);
  expect(last(upstream)).toEqual({
    method: "POST",
    path: "/api/copy",
    body: { source: "qwen3:8b", destination: "copied" },
  });
  expect(await listed(app.url)).toEqual(["[o0]-qwen3:8b", "[o0]-copied"]);
  const deleted = await fetch(`${app.url}/api/delete`, {
    method: "DELETE",
    body: '{"name":"[o0]-qwen3:8b"}',
  });
  expect([deleted.status, await deleted.text()]).toEqual([200, ""]);
  expect(last(upstream)).toEqual({ method: "DELETE", path: "/api/delete", body: { name: "qwen3:8b" } });
  expect(await listed(app.url)).toEqual(["[o0]-copied"]);
});

test("a change makes /api/show query the models of that server again", async () => {
  using first = startOllama();
  using second = startOllama();
  await using app = await startLab([first, second]);
  const shows = async (): Promise<readonly number[]> => {
    for (const name of ["[o0]-qwen3:8b", "[o1]-qwen3:8b"]) {
      expect((await post(`${app.url}/api/show`, { model: name })).status).toBe(200);
    }
    return [first, second].map(({ received }) => received.filter(({ path }) => path === "/api/show").length);
  };
  expect(await shows()).toEqual([1, 1]);
  expect(await shows()).toEqual([1, 1]);
  await post(`${app.url}/api/copy`, { source: "[o0]-qwen3:8b", destination: "[o0]-copied" });
  expect(await shows()).toEqual([2, 1]);
});

test.each([
  ["/api/pull", { model: "[o0]-new" }, { model: "new" }],
  ["/api/pull", { name: "[O0]-new", insecure: true }, { name: "new", insecure: true }],
  ["/api/push", { model: "[o0]-qwen3:8b" }, { model: "qwen3:8b" }],
  ["/api/create", { model: "[o0]-pirate", from: "[o0]-qwen3:8b" }, { model: "pirate", from: "qwen3:8b" }],
  ["/api/create", { model: "pirate", from: "[o0]-qwen3:8b" }, { model: "pirate", from: "qwen3:8b" }],
  [
    "/api/create",
    { model: "mine", files: { "a.gguf": DIGEST } },
    { model: "mine", files: { "a.gguf": DIGEST } },
  ],
])("%s %j is sent to the server of the model", async (path, asked, sent) => {
  using upstream = startOllama();
  await using app = await startLab([upstream]);
  const response = await post(app.url + path, asked);
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  expect(await response.text()).toBe(DONE);
  expect(last(upstream)).toEqual({ method: "POST", path, body: sent });
});

test("the error of a server that cannot pull a model is passed on unchanged", async () => {
  const lines = '{"status":"pulling manifest"}\n{"error":"pull model manifest: file does not exist"}\n';
  using upstream = startUpstream(({ path }) => new Response(path === "/api/pull" ? lines : '{"models":[]}'));
  await using app = await startLab([upstream]);
  expect(await (await post(`${app.url}/api/pull`, { model: "[o0]-new" })).text()).toBe(lines);
});

test("the parts of a model are streamed to the only server", async () => {
  using upstream = startOllama();
  await using app = await startLab([upstream]);
  const blob = `${app.url}/api/blobs/${DIGEST}`;
  expect((await fetch(blob, { method: "HEAD" })).status).toBe(404);
  const stored = await fetch(blob, { method: "POST", body: "bytes" });
  expect([stored.status, await stored.text()]).toEqual([201, ""]);
  expect(upstream.received.at(-1)).toMatchObject({ path: `/api/blobs/${DIGEST}`, text: "bytes" });
});

test.each([
  [
    "/api/create",
    { model: "mine", files: { a: DIGEST } },
    "Several providers are Ollama servers; choose one",
  ],
  [
    "/api/create",
    { model: "[o1]-mine", from: "[o0]-qwen3:8b" },
    "'[o0]-qwen3:8b' and '[o1]-mine' belong to different providers",
  ],
  [
    "/api/copy",
    { source: "[o0]-qwen3:8b", destination: "[o1]-b" },
    "'[o0]-qwen3:8b' and '[o1]-b' belong to different",
  ],
])("%s %j is rejected among several servers", async (path, asked, words) => {
  using first = startOllama();
  using second = startOllama();
  await using app = await startLab([first, second]);
  const response = await post(app.url + path, asked);
  expect(response.status).toBe(400);
  expect(stringAt(await response.json(), "error")).toStartWith(words);
  expect([...first.received, ...second.received].filter(({ method }) => method !== "GET")).toEqual([]);
});

test.each([
  ["POST", "/api/copy", { source: "[p]-m", destination: "b" }],
  ["DELETE", "/api/delete", { model: "[p]-m" }],
])("%s %s %j is rejected of a provider that owns its models", async (method, path, asked) => {
  using upstream = startUpstream(() => new Response());
  await using app = await startTestApp([testProvider(upstream.url, { models: [{ name: "m" }] })]);
  const response = await fetch(app.url + path, { method, body: JSON.stringify(asked) });
  expect(response.status).toBe(400);
  expect(stringAt(await response.json(), "error")).toContain("is hosted by a remote provider");
  expect(upstream.received).toEqual([]);
});

test.each([
  ["/api/copy", { source: "[o0]-qwen3:8b", destination: "[o0]-b" }, "<html>Welcome</html>", 502],
  ["/api/copy", { source: "[o0]-qwen3:8b", destination: "[o0]-b" }, '{"error":"disk full"}', 500],
  ["/api/pull", { model: "[o0]-new", stream: false }, '{"error":"disk full"}', 500],
  ["/api/pull", { model: "[o0]-new", stream: false }, "null", 502],
])("%s %j: %s with status 200 is no success", async (path, asked, answer, status) => {
  using upstream = startUpstream((request) =>
    request.path === path ? new Response(answer) : new Response('{"models":[{"name":"qwen3:8b"}]}'),
  );
  await using app = await startLab([upstream]);
  const response = await post(app.url + path, asked);
  expect(stringAt(await response.json(), "error")).toMatch(/^\[o0\] (?:disk full$|.*check its "url")/);
  expect(response.status).toBe(status);
});
