/** Speech to text, for providers with a transcription endpoint. */
import { expect, test } from "bun:test";
import { startTestApp, testProvider } from "../support/app.ts";
import { startRawUpstream, startUpstream } from "../support/upstream.ts";

function form(fields: { readonly [name: string]: string | Blob }): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
}

const SPEECH = new File(["RIFF"], "speech.wav", { type: "audio/wav" });

async function ask(body: FormData | string, answer: Response) {
  using upstream = startUpstream(() => answer);
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await fetch(`${app.url}/v1/audio/transcriptions`, { method: "POST", body });
  return { response, text: await response.text(), sent: upstream.received[0] };
}

test("the form reaches the provider under its name of the model, and the answer comes back as it is", async () => {
  const { response, text, sent } = await ask(
    form({ model: "[p]-m", file: SPEECH, language: "de", response_format: "text" }),
    new Response("Guten Tag", { headers: { "content-type": "text/plain" } }),
  );
  expect([response.status, response.headers.get("content-type"), text]).toEqual([
    200,
    "text/plain",
    "Guten Tag",
  ]);
  expect(sent?.path).toBe("/v1/audio/transcriptions");
  const got = await new Response(sent?.text, { headers: sent?.headers ?? [] }).formData();
  expect([got.get("model"), got.get("language")]).toEqual(["m", "de"]);
  const file = got.get("file");
  expect(file instanceof File ? [file.name, await file.text()] : file).toEqual(["speech.wav", "RIFF"]);
});

test("an answer that does not say what it is, is JSON", async () => {
  using upstream = startRawUpstream((socket) => {
    socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 11\r\n\r\n{"text":""}');
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const body = form({ model: "[p]-m", file: SPEECH });
  const response = await fetch(`${app.url}/v1/audio/transcriptions`, { method: "POST", body });
  expect([response.headers.get("content-type"), await response.text()]).toEqual([
    "application/json",
    '{"text":""}',
  ]);
});

test.each([
  [form({ file: SPEECH }), 400, "model is required"],
  [form({ model: "[p]-m" }), 400, "file is required: http: no such file"],
  [form({ model: "[p]-m", file: new File([], "a.wav") }), 400, "audio file is empty"],
  [form({ model: "nope", file: SPEECH }), 404, "model 'nope' not found"],
  ["{}", 400, "file is required: request Content-Type isn't multipart/form-data"],
])("a request that cannot be passed on is rejected in words (%#)", async (body, status, message) => {
  const { response, text } = await ask(body, new Response("{}"));
  expect(response.status).toBe(status);
  expect(JSON.parse(text)).toMatchObject({ error: { message } });
});

test("a provider that does not listen is named", async () => {
  const { response, text } = await ask(
    form({ model: "[p]-m", file: SPEECH }),
    new Response("404 page not found", { status: 404 }),
  );
  expect(response.status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({ error: { message: "this provider does not transcribe audio" } });
});

const JSON_TYPE = "application/json";

test.each([
  ['{"error":{"message":"no such voice","code":400}}', JSON_TYPE, 400, "[p] no such voice"],
  ["{}", JSON_TYPE, 502, /^\[p\] The provider .*check its "url"/],
  ['{"text":null}', JSON_TYPE, 502, /^\[p\] The provider .*check its "url"/],
  ["", JSON_TYPE, 502, /^\[p\] The provider sent an empty reply; try again/],
  ['{"text":"Gut', JSON_TYPE, 502, /^\[p\] The provider .*incomplete or not valid JSON; try again/],
  ["<html><body>Welcome</body></html>", "text/html", 502, /^\[p\] The provider returned an HTML page/],
])("the answer %s is no transcript", async (body, type, status, message) => {
  const answer = new Response(body, { headers: { "content-type": type } });
  const { response, text } = await ask(form({ model: "[p]-m", file: SPEECH }), answer);
  expect(JSON.parse(text)).toMatchObject({
    error: { message: typeof message === "string" ? message : expect.stringMatching(message) },
  });
  expect(response.status).toBe(status);
});

test.each([
  ['{"text":""}', JSON_TYPE],
  ["", "text/plain"],
  ["5", "text/plain"],
  ["1\n00:00:00,000 --> 00:00:01,000\nGuten Tag\n", "text/plain"],
])("silence, numbers and subtitles are transcripts: %j", async (body, type) => {
  const answer = new Response(body, { headers: { "content-type": type } });
  const { response, text } = await ask(form({ model: "[p]-m", file: SPEECH }), answer);
  expect([response.status, text]).toEqual([200, body]);
});
