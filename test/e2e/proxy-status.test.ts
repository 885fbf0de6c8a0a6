/** What the running program tells of its providers, to whom, and how `ollama-proxy check` shows it. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { post, startTestApp, testProvider, type TestApp } from "../support/app.ts";
import { createAuthority } from "../support/certificate.ts";
import { Clock } from "../support/clock.ts";
import { explainUnset } from "../support/unset.ts";
import { type Ended, Home } from "../support/program.ts";
import { startUpstream } from "../support/upstream.ts";

const folder = mkdtempSync(join(tmpdir(), "status-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PATH = "/ollama-proxy/status";
const CLIENT_KEY = "laptop-0123456789abcdef";
const API_KEYS = [{ name: "laptop", secret: CLIENT_KEY, secretFile: undefined }];
const SECRET = "Zk81mQp07vXw55Rt";
const ASK = { messages: [{ role: "user", content: "a private prompt" }], options: { temperature: 1 } };
const HELLO =
  'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
const NOW = "2026-01-01T00:00:00.000Z";

function failure(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status });
}

/** A provider whose API is not where the URL says, that refuses a parameter, and that quotes the key. */
function startPicky() {
  return startUpstream(({ path, text }) => {
    if (path.endsWith("/models")) return failure(401, `Wrong key ${SECRET}`);
    if (path.startsWith("/v1/")) return new Response("404 page not found", { status: 404 });
    if (text.includes("temperature"))
      return failure(400, `Unsupported parameter: 'temperature' of ${SECRET}`);
    return new Response(HELLO);
  });
}

async function learn({ url }: TestApp, model = "[p]-m"): Promise<void> {
  await (await post(`${url}/api/chat`, { ...ASK, model })).text();
}

test("shows the state of every provider, and no secret or prompt", async () => {
  const clock = new Clock();
  using upstream = startPicky();
  const providers = [
    testProvider(upstream.url, { models: undefined, secrets: [SECRET] }),
    testProvider("http://user:password@127.0.0.1:1/v1?key=in-the-url", { name: "q" }),
  ];
  const disabled = [{ name: "r", models: [], reason: explainUnset("NOPE") }];
  await using app = await startTestApp(providers, clock.runtime, { config: { disabled } });
  await learn(app, `[p]-m-${SECRET}`);
  const response = await fetch(app.url + PATH);
  const text = await response.text();
  expect(JSON.parse(text)).toEqual({
    version: "33.0.0",
    program: { config: "ollama-proxy.yaml", processId: process.pid, startedAt: NOW },
    apps: [{ name: `Bun/${Bun.version}`, requests: 1, lastAt: NOW }],
    limits: [],
    disabled: [{ name: "r", reason: explainUnset("NOPE") }],
    providers: [
      {
        name: "p",
        models: null,
        listError: { message: expect.stringContaining("Wrong key ***"), at: NOW },
        basePath: "",
        learnedFixes: [
          {
            model: "m-***",
            fix: "drop:temperature",
            error: "[p] Unsupported parameter: 'temperature' of ***",
            learnedAt: NOW,
            expiresAt: "2026-01-02T00:00:00.000Z",
          },
        ],
        resting: [],
      },
      { name: "q", models: 1, listError: null, basePath: null, learnedFixes: [], resting: [] },
    ],
  });
  for (const hidden of [SECRET, "password", "in-the-url", "private", "127.0.0.1"])
    expect(text).not.toContain(hidden);
});

test.each([
  ["without a key", {}, 403],
  ["with a wrong key", { authorization: `Bearer ${CLIENT_KEY}x` }, 403],
  ["with a key", { authorization: `Bearer ${CLIENT_KEY}` }, 200],
  [
    "with a key, from a page of another origin",
    { "x-api-key": CLIENT_KEY, origin: "https://evil.example" },
    403,
  ],
])(
  "with client keys, a request for the status %s gets %d",
  async (_who, headers: Record<string, string>, status) => {
    await using app = await startTestApp([testProvider("http://127.0.0.1:1")], undefined, {
      config: { apiKeys: API_KEYS },
    });
    const response = await fetch(app.url + PATH, { headers });
    expect(response.status).toBe(status);
    expect((await response.text()).includes("learnedFixes")).toBe(status === 200);
  },
);

test.each([
  ["from a page of another origin", { origin: "https://evil.example" }],
  ["under a name that was made to lead here", { host: "evil.example" }],
])(
  "without client keys, a request for the status %s gets nothing",
  async (_who, headers: Record<string, string>) => {
    await using app = await startTestApp([testProvider("http://127.0.0.1:1")]);
    const response = await fetch(app.url + PATH, { headers });
    expect([response.status, await response.text()]).toEqual([403, ""]);
  },
);

/** What `check` says with a configuration that names the port of the program, and the given lines beside it. */
async function check(url: string, providerUrl: string, lines = ""): Promise<Ended> {
  const home = new Home();
  try {
    const { port } = new URL(url);
    home.write(`port: ${port}\n${lines}providers: [{name: p, url: "${providerUrl}", secret: ${SECRET}}]\n`);
    return await home.run("check");
  } finally {
    home.remove();
  }
}

test("check shows the learned fixes of the running program, with the error, the age and the expiry", async () => {
  const clock = new Clock();
  using upstream = startPicky();
  const provider = testProvider(upstream.url, { models: undefined, secrets: [SECRET] });
  await using app = await startTestApp([provider], {
    ...clock.runtime,
    now: () => Date.now() - 2 * 3_600_000,
  });
  await learn(app);
  const { stdout, stderr, exitCode } = await check(app.url, upstream.url);
  expect([exitCode, stderr]).toEqual([1, ""]);
  const [, ...running] = stdout.trimEnd().split("\n\n");
  expect(running.join("\n\n").split("\n")).toEqual([
    `ollama-proxy 33.0.0 is running at ${app.url}:`,
    expect.stringMatching(/^ {2}p {2}cannot list its models \(2 h ago\): .*Wrong key \*\*\*/),
    '  p  its API was found under "/"',
    "  p  m  drop:temperature  (learned 2 h ago, expires in 22 h)",
    "    error: [p] Unsupported parameter: 'temperature' of ***",
  ]);
});

test("check shows that nothing was learned, with the key and over https", async () => {
  const authority = createAuthority();
  try {
    const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
    writeFileSync(files.certFile, authority.tls.cert);
    writeFileSync(files.keyFile, authority.tls.key, { mode: 0o600 });
    using upstream = startUpstream(() => Response.json({ data: [{ id: "m" }] }));
    const url = `${upstream.url}/v1`;
    const config = { apiKeys: API_KEYS, tls: files };
    await using app = await startTestApp([testProvider(url)], undefined, { config });
    const keys = `api_keys: [{name: laptop, secret: ${CLIENT_KEY}}]\n`;
    const tls = `tls: {cert_file: "${files.certFile}", key_file: "${files.keyFile}"}\n`;
    expect(await check(app.url, url, keys + tls)).toEqual({
      exitCode: 0,
      stdout: `ok      p  1 model\n\nollama-proxy 33.0.0 is running at ${app.url}; it has not learned any settings from errors of providers\n`,
      stderr: "",
    });
    const otherKey = keys.replace(CLIENT_KEY, `${CLIENT_KEY}x`);
    const refused = await check(app.url, url, otherKey + tls);
    expect(refused.stdout).toContain(
      `The program at ${app.url} rejected the key of this configuration (status 403)`,
    );
  } finally {
    authority[Symbol.dispose]();
  }
});

test.each([
  ["a real Ollama", () => new Response("404 page not found", { status: 404 })],
  ["another program", () => Response.json({ version: 1 })],
  ["one that sends no JSON", () => new Response("<html>")],
])("check reports when the program there is %s", async (_what, answer) => {
  using upstream = startUpstream(({ path }) =>
    path.endsWith("/models") ? Response.json({ data: [] }) : answer(),
  );
  const { exitCode, stdout } = await check(upstream.url, `${upstream.url}/v1`);
  expect(exitCode).toBe(0);
  expect(stdout).toEndWith(
    `\n\nCannot find a running ollama-proxy at ${upstream.url}: the program there is another one, or an older version\n`,
  );
});
