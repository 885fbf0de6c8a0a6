/** Secrets are masked for every place in the configuration and every form in which a provider repeats them. */
import { expect, test } from "bun:test";
import { loadConfig } from "../../src/config/load.ts";
import { post, startTestApp, testConfig, testProvider } from "../support/app.ts";
import { Folder } from "../support/folder.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { CHAT, PLAIN, see } from "../support/shown.ts";
import { startRawUpstream, startUpstream } from "../support/upstream.ts";

const SECRET = "a+b/c d&e=9XyZ7Tq4";
/** In a query, the plus sign is a space. */
const SPLIT = "Kx7+Wq/4Tn8Ks2Jd7";

/** The forms in which servers were seen, or can be expected, to write a value into a text. */
test.each([
  ["plain", SECRET],
  ["percent-encoded", encodeURIComponent(SECRET)],
  [
    "percent-encoded in lower case",
    encodeURIComponent(SECRET).replaceAll(/%../g, (hex) => hex.toLowerCase()),
  ],
  ["form-encoded", new URLSearchParams({ s: SECRET }).toString().slice(2)],
  ["percent-encoded twice", encodeURIComponent(encodeURIComponent(SECRET))],
  ["in base64", Buffer.from(SECRET).toString("base64")],
  ["in base64url", Buffer.from(SECRET).toString("base64url")],
  ["in base64 behind a user's name", Buffer.from(`me:${SECRET}`).toString("base64")],
  ["in base64 behind two letters", Buffer.from(`Mr${SECRET}, sir`).toString("base64")],
  ["with escaped slashes", SECRET.replaceAll("/", String.raw`\/`)],
  ["with Go's escapes", SECRET.replaceAll("&", String.raw`\u0026`)],
  ["in HTML", SECRET.replaceAll("&", "&amp;").replaceAll("/", "&#x2F;").replaceAll("+", "&#43;")],
])("a secret that is repeated %s", async (_form, written) => {
  using upstream = startUpstream(() => new Response(`Wrong key (${written})`, { status: 401 }));
  const provider = testProvider(upstream.url, { secrets: [], headers: { "x-auth": SECRET } });
  const { reply, shown } = await see([provider], (url) => post(`${url}/api/chat`, CHAT));
  expect(reply).toContain("***");
  expect(shown).not.toMatch(/9XyZ7Tq4|OVh5WjdUcT|lYeVo3VHE|5WHlaN1Rx/);
});

/** Wherever a provider's configuration holds a secret. */
test.each([
  ["the secret", { secrets: [PLAIN] }, PLAIN],
  ["a header", { headers: { "Api-Key": PLAIN } }, PLAIN],
  ["a header with a scheme", { headers: { authorization: `Token ${PLAIN}` } }, PLAIN],
  ["the password of a header", { headers: { authorization: `Basic ${btoa(`me:${PLAIN}`)}` } }, PLAIN],
  [
    "the base64 of a header",
    { headers: { authorization: `Basic ${btoa(`me:${PLAIN}`)}` } },
    btoa(`me:${PLAIN}`),
  ],
  ["a cookie", { headers: { cookie: `theme=dark; session=${PLAIN}` } }, PLAIN],
  ["a query parameter", { query: { sig: PLAIN } }, PLAIN],
  ["the body", { extraBody: { auth: { api_key: PLAIN } } }, PLAIN],
] as const)("%s is not repeated", async (_place, overrides, echoed) => {
  using upstream = startUpstream(() => new Response(`No: ${echoed}`, { status: 401 }));
  const provider = testProvider(`${upstream.url}/v1`, { secrets: [], ...overrides });
  const { reply, shown } = await see([provider], (url) => post(`${url}/api/chat`, CHAT));
  expect(reply).toContain("No: ***");
  expect(shown).not.toContain(echoed);
});

test.each([
  ["the query", `?sig=${PLAIN}`, "127.0.0.1"],
  ["the user info", "", `me:${PLAIN}@127.0.0.1`],
  ["the name of the user", "", `${PLAIN}@127.0.0.1`],
])("%s of the url is not repeated", async (_place, query, authority) => {
  using upstream = startUpstream(() => new Response(`No: ${PLAIN}`, { status: 401 }));
  const url = `${upstream.url.replace("127.0.0.1", authority)}/v1${query}`;
  const { reply, shown } = await see([testProvider(url, { secrets: [] })], (at) =>
    post(`${at}/api/chat`, CHAT),
  );
  expect(reply).toContain("No: ***");
  expect(shown).not.toContain(PLAIN);
});

test("a secret in the query of the url is masked as it is written there, and harmless parameters are not", async () => {
  using upstream = startUpstream(() => new Response(`No: ${SPLIT} with Q2+2024/02/01`, { status: 401 }));
  const url = `${upstream.url}/v1?sig=${SPLIT}&api-version=Q2+2024/02/01`;
  const { reply, shown } = await see([testProvider(url, { secrets: [] })], (at) =>
    post(`${at}/api/chat`, CHAT),
  );
  expect(reply).toContain("No: *** with Q2+2024/02/01");
  expect(shown).not.toContain(SPLIT);
});

test("versions, titles and dummy keys are not masked", async () => {
  using upstream = startUpstream(
    () => new Response("2024-02-01 is too old for My App on ollama", { status: 400 }),
  );
  const provider = testProvider(`${upstream.url}/v1`, {
    secrets: ["ollama"],
    headers: { "X-Title": "My App" },
    query: { "api-version": "2024-02-01" },
  });
  const { reply } = await see([provider], (url) => post(`${url}/api/chat`, CHAT));
  expect(reply).toContain("2024-02-01 is too old for My App on ollama");
});

test("a dummy key is no reason to change what a model says", async () => {
  const reply = { choices: [{ message: { content: "Start lm-studio now" }, finish_reason: "stop" }] };
  using upstream = startUpstream(() => Response.json(reply));
  const provider = testProvider(`${upstream.url}/v1`, { secrets: ["lm-studio"] });
  const seen = await see([provider], (url) => post(`${url}/v1/chat/completions`, CHAT));
  expect(seen.reply).toContain("Start lm-studio now");
});

test("a secret that begins with another one is masked to its end", async () => {
  const longer = `${PLAIN}-and-more-7Kd2`;
  using upstream = startUpstream(() => new Response(`No: ${longer}`, { status: 401 }));
  const provider = testProvider(`${upstream.url}/v1`, { secrets: [PLAIN], headers: { "x-auth": longer } });
  const { reply, shown } = await see([provider], (url) => post(`${url}/api/chat`, CHAT));
  expect(reply).toContain('No: ***"');
  expect(shown).not.toContain("and-more-7Kd2");
});

test.each([
  ["only letters", "QzWxEcRvTbYnUmIkOlPaSdFgHj"],
  ["only digits", "84629173058264917305"],
])("a key of %s is masked in what a model says", async (_kind, secret) => {
  const reply = { choices: [{ message: { content: `Key ${secret}.` }, finish_reason: "stop" }] };
  using upstream = startUpstream(() => Response.json(reply));
  const provider = testProvider(`${upstream.url}/v1`, { secrets: [secret] });
  const seen = await see([provider], (url) => post(`${url}/v1/chat/completions`, CHAT));
  expect(seen.reply).toContain("Key ***.");
});

test.each([true, false])("a key in base64 is masked in what a model says (stream: %s)", async (stream) => {
  const content = `Key ${btoa(`user:${PLAIN}`)}.`;
  const choice = { delta: { content }, message: { content }, finish_reason: "stop" };
  const frame = JSON.stringify({ choices: [choice] });
  using upstream = startUpstream(() => new Response(stream ? `data: ${frame}\n\ndata: [DONE]\n\n` : frame));
  const provider = testProvider(`${upstream.url}/v1`, { secrets: [PLAIN] });
  const seen = await see([provider], (url) => post(`${url}/v1/messages`, { ...CHAT, max_tokens: 9, stream }));
  expect(seen.reply).toMatch(/"Key \S*\*\*\*\S{0,2}\."/);
});

test.each([
  ["in base64", (secret: string) => btoa(`user:${secret}`)],
  ["plain, though it is short", (secret: string) => secret],
])("progress that repeats the secret %s", async (_form, write) => {
  const secret = "hunter2x";
  const progress = `{"status":"Half"}\n${JSON.stringify({ error: `The key ${write(secret)} was revoked` })}\n`;
  using upstream = startUpstream(() => new Response(progress));
  const provider = testProvider(upstream.url, { apiType: "ollama", secrets: [secret] });
  const { reply, shown } = await see([provider], (url) => post(`${url}/api/pull`, { model: "[p]-m" }));
  expect(reply).toMatch(/The key \S*\*\*\*\S* was revoked/);
  expect(shown).not.toContain(write(secret));
});

test("a redirect that repeats the secret in its target", async () => {
  using upstream = startUpstream(
    () => new Response(null, { status: 302, headers: { location: `https://b.example/?s=${PLAIN}` } }),
  );
  const { reply, shown } = await see([testProvider(upstream.url, { secrets: [PLAIN] })], (url) =>
    post(`${url}/api/chat`, CHAT),
  );
  expect(reply).toContain("https://b.example/?s=***");
  expect(shown).not.toContain(PLAIN);
});

/** Bun's own messages hold the whole URL. */
test.each([
  ["a status that is none", "HTTP/1.1 999999 OK\r\n\r\n"],
  ["a header that is none", "HTTP/1.1 200 OK\r\nnone\r\n\r\n"],
  ["a length that is none", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"],
])("%s is told in our own words", async (_fault, head) => {
  using upstream = startRawUpstream((socket) => {
    socket.write(head);
    socket.end();
  });
  const provider = testProvider(`${upstream.url}/v1`, { query: { api_key: PLAIN } });
  const { reply, shown } = await see([provider], (url) => post(`${url}/api/chat`, CHAT));
  expect(JSON.parse(reply)).toEqual({
    error: '[p] The provider\'s reply is not valid HTTP; check its "url"',
  });
  expect(shown).toContain("fetching");
  expect(shown).not.toContain(PLAIN);
});

test("a key that is cut at the limit of a long message", async () => {
  using upstream = startUpstream(() => new Response(`${"x ".repeat(145)}${PLAIN}`, { status: 401 }));
  const { shown } = await see([testProvider(upstream.url, { secrets: [PLAIN] })], (url) =>
    post(`${url}/api/chat`, CHAT),
  );
  expect(shown).not.toContain(PLAIN.slice(0, 5));
});

test("the log and errors mask the secrets of every provider, of the configuration before a reload too", async () => {
  const next = "next-Wq5Tn8Ks2Jd7";
  const logged: unknown[] = [];
  const runtime = fixedRuntime((...line) => void logged.push(line));
  let quoted = PLAIN;
  using upstream = startUpstream(() => new Response(`No: ${quoted}`, { status: 401 }));
  const first = testProvider(upstream.url, { secrets: [] });
  const second = testProvider(upstream.url, { name: "q", secrets: [PLAIN] });
  await using app = await startTestApp([first, second], runtime);
  expect(await (await post(`${app.url}/api/chat`, CHAT)).text()).toContain("No: ***");
  quoted = `${PLAIN} or ${next}`;
  await app.app.reload(testConfig([first, { ...second, secrets: [next] }]));
  expect(await (await post(`${app.url}/api/chat`, CHAT)).text()).toContain("No: *** or ***");
  expect(logged).toHaveLength(6);
  expect(JSON.stringify(logged)).not.toContain(PLAIN);
  expect(JSON.stringify(logged)).not.toContain(next);
});

test("a key file that changed is masked with its old and its new key", async () => {
  const next = "next-Wq5Tn8Ks2Jd7";
  let nowMs = 0;
  const logged: unknown[] = [];
  const runtime = { ...fixedRuntime((...line) => void logged.push(line)), now: () => nowMs };
  using upstream = startUpstream(() => new Response(`No: ${PLAIN} or ${next}`, { status: 401 }));
  using folder = new Folder();
  folder.write("key", PLAIN);
  const text = `providers: [{name: p, url: "${upstream.url}/v1", secret_file: key, models: [m]}]`;
  const { config } = loadConfig(folder.write("ollama-proxy.yaml", text), {});
  await using app = await startTestApp(config.providers, runtime);
  expect(await (await post(`${app.url}/api/chat`, CHAT)).text()).toContain(`No: *** or ${next}`);
  logged.length = 0;
  folder.write("key", next);
  nowMs += 2000;
  expect(await (await post(`${app.url}/api/chat`, CHAT)).text()).toContain("No: *** or ***");
  expect(JSON.stringify(logged)).not.toContain(PLAIN);
  expect(JSON.stringify(logged)).not.toContain(next);
});
