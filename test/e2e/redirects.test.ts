/** Redirects of a model list: followed on the provider's own server with the API key, and reported when they lead elsewhere. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { type Received, startUpstream } from "../support/upstream.ts";

const LIST = { data: [{ id: "m" }] };

function redirect(location: string, status = 307): Response {
  return new Response(null, { status, headers: { location } });
}

async function list(answer: (request: Received) => Response) {
  using upstream = startUpstream(answer);
  const warnings: string[] = [];
  const runtime = fixedRuntime((level, message, details) => {
    if (level === "warn") warnings.push(`${message} ${JSON.stringify(details)}`);
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { models: undefined })], runtime);
  for (const path of ["/api/tags", "/v1/models"]) await fetch(app.url + path);
  const { models } = JSON.parse(await (await fetch(`${app.url}/api/tags`)).text());
  const asked = upstream.received.map(({ path, headers }) => [path, headers.get("authorization")]);
  return { names: models.map(({ name }: { readonly name: string }) => name), asked, warnings };
}

const KEY = "Bearer test-secret";

test.each([301, 302, 303, 307, 308])("a redirect with status %i is followed with the key", async (status) => {
  const { names, asked, warnings } = await list(({ path }) =>
    path === "/v1/models" ? redirect("/v1/models/", status) : Response.json(LIST),
  );
  expect(names).toEqual(["[p]-m"]);
  expect(asked).toEqual([
    ["/v1/models", KEY],
    ["/v1/models/", KEY],
  ]);
  expect(warnings).toEqual([]);
});

test.each<[what: string, location: (url: string) => string]>([
  ["another port", () => "http://127.0.0.1:1/v1/models"],
  ["another host", () => "//llm.example.com/v1/models"],
  ["another scheme", (host) => `https://${host}/v1/models`],
  ["a user of the same server", (host) => `http://user@${host}/v1/models`],
  ["no URL", () => "http://[/"],
  ["nowhere", () => ""],
])("a redirect to %s is not followed, and reported once", async (_, location) => {
  let host = "";
  const { names, asked, warnings } = await list(({ headers }) => {
    host = headers.get("host") ?? "";
    return redirect(location(host));
  });
  expect(names).toEqual([]);
  expect(new Set(asked.map(([path]) => path)).size).toBe(1);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain("redirects");
});

test("a redirect in a circle ends", async () => {
  const { names, asked, warnings } = await list(() => redirect("/v1/models"));
  expect(names).toEqual([]);
  expect(asked.length).toBeLessThanOrEqual(8);
  expect(warnings).toHaveLength(1);
});

test.each<[location: string, advice: (url: string) => string]>([
  ["/v2/chat/completions", (url) => `set its "url" to "${url}/v2", because redirects are not followed`],
  [
    "https://other.example/v1/chat/completions",
    () => 'set its "url" to "https://other.example/v1", because redirects are not followed',
  ],
  ["/login?next=%2Fv1", () => 'check its "url" and its key, because this is not an address of the API'],
])("a chat that is redirected to %s is not sent again", async (location, advice) => {
  using upstream = startUpstream(() => redirect(location));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], fixedRuntime());
  const messages = [{ role: "user", content: "hi" }];
  const response = await post(`${app.url}/api/chat`, { model: "[p]-m", messages });
  expect([response.status, await response.json()]).toEqual([
    502,
    {
      error: `[p] The provider redirects to "${location}"; ${advice(upstream.url)}`,
    },
  ]);
  expect(upstream.received.map(({ path }) => path)).toEqual(["/v1/chat/completions"]);
});
