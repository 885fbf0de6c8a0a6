/** Ollama servers as providers: replies are relayed unchanged except for the model's name. */
import { expect, test } from "bun:test";
import { arrayAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { type Received, inPieces, startUpstream } from "../support/upstream.ts";
import { received } from "../support/received.ts";

const TAGS = {
  models: [
    {
      name: "qwen3:8b",
      model: "qwen3:8b",
      modified_at: "2026-08-20T09:00:00.123456789+02:00",
      size: 5225388164,
      digest: "500a1f067a9f782620b40bee6f7b0c89e17ae61f686b92c24933e4ca4b2b8b41",
      details: {
        parent_model: "",
        format: "gguf",
        family: "qwen3",
        families: ["qwen3"],
        parameter_size: "8.2B",
        quantization_level: "Q4_K_M",
        context_length: 40960,
        embedding_length: 4096,
      },
      capabilities: ["completion", "tools", "thinking"],
    },
  ],
};

function ollama(answer: (request: Received) => Response) {
  return startUpstream((request) => (request.path === "/api/tags" ? Response.json(TAGS) : answer(request)));
}

const LINES =
  '{"model":"qwen3:8b","created_at":"2026-01-01T00:00:00.1Z","message":{"role":"assistant","content":"Hi","novel":1e400},"done":false}\n' +
  '{"remote_host":"x","model":"qwen3:8b","created_at":"2026-01-01T00:00:00.2Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":12345678901234567890,"eval_count":2}\n';

test("requests and streamed replies keep every byte except the name", async () => {
  using upstream = ollama(() => new Response(LINES, { headers: { "content-type": "application/x-ndjson" } }));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  const body =
    '{ "messages":[{"role":"user","content":"hi","model":"kept"}],"novel":{"seed":12345678901234567890}, "model" : "[P]-QWEN3:8b" }';
  const response = await fetch(`${app.url}/api/chat`, { method: "POST", body });
  expect(await response.text()).toBe(LINES.replaceAll('"model":"qwen3:8b"', '"model":"[P]-QWEN3:8b"'));
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  const sent = upstream.received.at(-1);
  expect(sent?.path).toBe("/api/chat");
  expect(sent?.text).toBe(body.replace("[P]-QWEN3:8b", "qwen3:8b"));
  expect(sent?.headers.get("authorization")).toBe("Bearer test-secret");
});

test.each([
  ["a name in every spelling", '{"model":"@","messages":[],"MODEL":"@","mo\\u0064el" :\n"@"}', ""],
  [
    "a backslash at the end of a string",
    '{"options":{"a":"C:\\\\","b\\\\":"\\\\\\\\"},"x\\\\":"\\\\","model":"@"}',
    "",
  ],
  [
    "quotes in strings",
    '{"system":"say \\"model\\":\\"@\\\\","a":["\\"]}",{"model":"[p]-kept"}],"model":"@"}',
    "",
  ],
  ["every kind of value", ' { "a":[ ], "b":{ }, "c":-1.0e+2,"d":[true,[null]],"e":"" ,"model":"@" } ', ""],
  ["something behind the object, which is left out", '{"model":"@"}', ' {"model":"@"}'],
])("a request is relayed unchanged except for the name: %s", async (_what, request, ignored) => {
  using upstream = ollama(() => new Response(LINES));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  const body = (request + ignored).replaceAll('"@"', '"[p]-qwen3:8b"');
  await (await fetch(`${app.url}/api/chat`, { method: "POST", body })).text();
  expect(upstream.received.at(-1)?.text).toBe(request.replaceAll('"@"', '"qwen3:8b"'));
});

test.each([
  ["without an end of the last line", LINES.trimEnd()],
  ["with carriage returns", LINES.replaceAll("\n", "\r\n")],
  ["with blank lines between", `\n${LINES.replaceAll("\n", "\n \r\n")}`],
])("a stream %s is relayed line by line, however it is cut", async (_what, lines) => {
  const bytes = new TextEncoder().encode(lines);
  let size = 1;
  using upstream = ollama(() => new Response(inPieces(bytes, size)));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  const ask = { model: "[p]-qwen3:8b", messages: [{ role: "user", content: "hi" }] };
  for (size of [1, 7, 50, bytes.length - 1, bytes.length]) {
    const text = await (await post(`${app.url}/api/chat`, ask)).text();
    expect(text).toBe(LINES.replaceAll('"model":"qwen3:8b"', '"model":"[p]-qwen3:8b"'));
  }
});

test("values that a real server would reject are corrected, and the rest is unchanged", async () => {
  using upstream = ollama(() => new Response(LINES));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  const body = `{"model":"[p]-qwen3:8b","novel":12345678901234567890,"messages":[
    {"role":"developer","content":[{"type":"text","text":"Be "},{"type":"text","text":"brief"}]},
    {"role":"user","content":[{"type":"text","text":"what?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0K"}}]},
    {"role":"user","content":"and?","images":["data:image/png;base64,iVBORw0K"]},
    {"Role":"user","Content":[{"type":"image","source":{"type":"base64","data":"iVBORw0K"}},{"type":"input_audio","input_audio":{"data":"UklGRgAAAABXQVZF","format":"wav"}}]},
    {"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":"{\\"a\\":1}"}}]},
    {"role":"function","name":"f","content":"done"}
  ],"options":{"stop":"END","seed":12345}}`;
  await (await fetch(`${app.url}/api/chat`, { method: "POST", body })).text();
  const sent = upstream.received.at(-1)?.text ?? "";
  expect(sent).not.toContain("Content");
  expect(sent).toStartWith('{"model":"qwen3:8b","novel":12345678901234567890,"messages":[');
  expect(JSON.parse(sent)).toMatchObject({
    messages: [
      { role: "developer", content: "Be brief" },
      { role: "user", content: "what?", images: ["iVBORw0K"] },
      { role: "user", content: "and?", images: ["iVBORw0K"] },
      { Role: "user", content: "", images: ["iVBORw0K", "UklGRgAAAABXQVZF"] },
      { role: "assistant", content: null, tool_calls: [{ function: { name: "f", arguments: { a: 1 } } }] },
      { role: "tool", tool_name: "f", content: "done" },
    ],
    options: { stop: ["END"], seed: 12345 },
  });
});

test.each([
  [
    { type: "image_url", image_url: { url: "https://example.com/a.png" } },
    "image URLs are not currently supported, please use base64 encoded data instead",
  ],
  [
    { type: "video", video: "AAAA" },
    'Cannot read the messages: the type "video" of a part is not supported; expected text, an image or audio',
  ],
])("the part %j is rejected with a message, not dropped", async (part, message) => {
  using upstream = ollama(() => new Response(LINES));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  const ask = { model: "[p]-qwen3:8b", messages: [{ role: "user", content: [part] }] };
  const response = await post(`${app.url}/api/chat`, ask);
  expect([response.status, await response.json()]).toEqual([400, { error: message }]);
});

test("whole replies keep every byte except the name", async () => {
  const whole =
    '{"model":"qwen3:8b","response":"Hi","done":true,"context":[1,2],"total_duration":12345678901234567890}';
  using upstream = ollama(() => new Response(whole));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  const response = await post(`${app.url}/api/generate`, {
    model: "[p]-qwen3:8b",
    prompt: "hi",
    stream: false,
  });
  expect(await response.text()).toBe(whole.replace('"qwen3:8b"', '"[p]-qwen3:8b"'));
  expect(upstream.received.at(-1)?.path).toBe("/api/generate");
});

test("the list has the server's facts about its models, under our names", async () => {
  using upstream = ollama(() => new Response());
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  const [model] = TAGS.models;
  expect(await (await fetch(`${app.url}/api/tags`)).json()).toEqual({
    models: [{ ...model, name: "[p]-qwen3:8b", model: "[p]-qwen3:8b" }],
  });
});

test("a model is listed by its model, or by its name", async () => {
  const models = [{ model: "a", name: "alias" }, { name: "b" }, {}];
  using upstream = startUpstream(() => Response.json({ models }));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  const listed: unknown = await (await fetch(`${app.url}/api/tags`)).json();
  expect(arrayAt(listed, "models")).toMatchObject([{ model: "[p]-a" }, { model: "[p]-b" }]);
});

test("the models of an older server, which lists no capabilities, are queried one by one, once", async () => {
  const details = {
    format: "gguf",
    family: "llama",
    families: null,
    parameter_size: "8B",
    quantization_level: "Q4",
  };
  const listed = {
    name: "old:8b",
    modified_at: "2026-01-01T00:00:00Z",
    size: 1,
    digest: "a".repeat(64),
    details,
  };
  using upstream = startUpstream(({ path, text }) => {
    if (path === "/api/tags") return Response.json({ models: [listed] });
    expect([path, text]).toEqual(["/api/show", '{"model":"old:8b"}']);
    const model_info = { "general.architecture": "llama", "llama.context_length": 8192 };
    return Response.json({ model_info, capabilities: ["completion", "vision"] });
  });
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  for (let round = 0; round < 3; round += 1) {
    expect(await (await fetch(`${app.url}/api/tags`)).json()).toMatchObject({
      models: [{ capabilities: ["completion", "vision"], details: { context_length: 8192 } }],
    });
  }
  const headers = upstream.received.map((request) => request.headers);
  expect(headers.map((sent) => sent.get("accept"))).toEqual(["application/json", "application/json"]);
});

test.each([
  [
    404,
    '{"error":"model \\"qwen3:8b\\" not found, try pulling it first"}',
    404,
    "model '[p]-qwen3:8b' not found",
  ],
  [401, '{"error":"unauthorized"}', 403, "[p] unauthorized"],
  [
    400,
    '{"error":"\\"qwen3:8b\\" does not support thinking"}',
    400,
    '[p] "[p]-qwen3:8b" does not support thinking',
  ],
  [
    400,
    '{"error":"registry.ollama.ai/library/qwen3:8b does not support tools"}',
    400,
    "[p] registry.ollama.ai/library/[p]-qwen3:8b does not support tools",
  ],
  [
    503,
    '{"error":"server busy, please try again.  maximum pending requests exceeded"}',
    503,
    "[p] server busy, please try again.  maximum pending requests exceeded; it was sent 3 times",
  ],
  [
    200,
    '{"error":"model runner has unexpectedly stopped"}\n',
    500,
    "[p] model runner has unexpectedly stopped",
  ],
  [200, "", 502, "[p] The provider sent an empty reply; try again"],
])("an error %d %s before the first text keeps its status", async (status, body, expected, message) => {
  using upstream = ollama(() => new Response(body, { status }));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  const response = await post(`${app.url}/api/chat`, {
    model: "[p]-qwen3:8b",
    messages: [{ role: "user", content: "hi" }],
  });
  expect(await response.json()).toEqual({ error: message });
  expect(response.status).toBe(expected);
});

test.each([
  ['{"error":"ran out of memory"}\n', "[p] ran out of memory"],
  ["", "[p] The provider ended the stream before the reply was complete; try again"],
  ["<html>gateway</html>\n", "[p] The provider sent invalid JSON in the middle of the reply; try again"],
])("an end %p after the first text is one error line", async (end, message) => {
  const [first = ""] = LINES.split("\n");
  using upstream = ollama(() => new Response(`${first}\n${end}`));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: undefined }),
  ]);
  const response = await received(`${app.url}/api/chat`, {
    model: "[p]-qwen3:8b",
    messages: [{ role: "user", content: "hi" }],
  });
  const [line, last] = (await response.text()).trimEnd().split("\n");
  expect(line).toBe(first.replace("qwen3:8b", "[p]-qwen3:8b"));
  expect(JSON.parse(last ?? "")).toEqual({ error: expect.stringMatching(message) });
});
