/** Patterns in a provider's `models:`, as every list and every request shows them. */
import { expect, test } from "bun:test";
import { parseConfig } from "../../src/config/load.ts";
import { arrayAt, stringAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

const LISTED = [
  "qwen-max",
  "anthropic/claude-x",
  "qwen-preview",
  "Qwen-Coder",
  "anthropic/claude-preview",
  "other",
];

/** The newest model is the last one of the list. */
function startLister(ids: readonly string[] = LISTED): Upstream {
  return startUpstream(({ path, text }) => {
    if (path.endsWith("/models")) {
      const data = ids.map((id, index) => ({
        id,
        created: 1_700_000_000 + index,
        context_length: 1000 + index,
      }));
      return Response.json({ data });
    }
    const model = stringAt(JSON.parse(text), "model");
    return Response.json({ choices: [{ message: { content: model }, finish_reason: "stop" }] });
  });
}

async function namesIn(url: string): Promise<readonly (string | undefined)[]> {
  const body: unknown = await (await fetch(url)).json();
  return [...arrayAt(body, "models"), ...arrayAt(body, "data")].map(
    (model) => stringAt(model, "name") ?? stringAt(model, "id"),
  );
}

test.each([
  [["qwen*"], ["qwen-max", "qwen-preview", "Qwen-Coder"]],
  [
    ["qwen*", "!*-preview"],
    ["qwen-max", "Qwen-Coder"],
  ],
  [
    ["!*-preview", "qwen*"],
    ["qwen-max", "Qwen-Coder"],
  ],
  [["!*-preview"], ["qwen-max", "anthropic/claude-x", "Qwen-Coder", "other"]],
  [
    ["!other", "!anthropic/*"],
    ["qwen-max", "qwen-preview", "Qwen-Coder"],
  ],
  [
    ["anthropic/*", "qwen*"],
    ["anthropic/claude-x", "anthropic/claude-preview", "qwen-max", "qwen-preview", "Qwen-Coder"],
  ],
  [["*claude*x"], ["anthropic/claude-x"]],
  [["*a*a*e*"], ["anthropic/claude-x", "anthropic/claude-preview"]],
  [
    ["qwen*", "hidden", "other"],
    ["qwen-max", "qwen-preview", "Qwen-Coder", "hidden", "other"],
  ],
  [
    ["other", "*"],
    ["other", "qwen-max", "anthropic/claude-x", "qwen-preview", "Qwen-Coder", "anthropic/claude-preview"],
  ],
  [
    ["qwen-preview", "!*preview"],
    ["qwen-preview", "qwen-max", "anthropic/claude-x", "Qwen-Coder", "other"],
  ],
  [["nothing*"], []],
] as const)("%j shows %j in this order", async (entries, expected) => {
  using upstream = startLister();
  const models = entries.map((name) => ({ name }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { models })]);
  const names = expected.map((id) => `[p]-${id}`);
  expect(await namesIn(`${app.url}/api/tags`)).toEqual(names);
  expect(await namesIn(`${app.url}/v1/models`)).toEqual(names);
});

test("the properties of a pattern apply to every model that it shows", async () => {
  using upstream = startLister();
  const models = [
    { name: "qwen*", contextLength: 5000 },
    { name: "qwen-max", contextLength: 6000 },
  ];
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { models })]);
  const windows: unknown[] = [];
  for (const name of ["[p]-Qwen-Coder", "[p]-qwen-max"]) {
    const shown = await (await post(`${app.url}/api/show`, { model: name })).text();
    windows.push(/context_length":(\d+)/.exec(shown)?.[1]);
  }
  expect(windows).toEqual(["5000", "6000"]);
});

test("a hidden model cannot be used, and a shown one can, with and without its tag", async () => {
  using upstream = startLister();
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { models: [{ name: "qwen*" }] })]);
  const replies = await Promise.all(
    ["[p]-qwen-max", "QWEN-coder", "[p]-other", "other"].map(async (model) => {
      const body = { model, messages: [{ role: "user", content: "hi" }], stream: false };
      const reply = await post(`${app.url}/v1/chat/completions`, body);
      return [reply.status, stringAt(JSON.parse(JSON.stringify(await reply.json())), "model")];
    }),
  );
  expect(replies.map(([status]) => status)).toEqual([200, 200, 404, 404]);
});

test("while the list is unknown, names are shown and any name under the tag is tried", async () => {
  using upstream = startUpstream(({ path }) =>
    path.endsWith("/models")
      ? new Response("{}", { status: 500 })
      : Response.json({ choices: [{ message: { content: "hi" }, finish_reason: "stop" }] }),
  );
  const models = [{ name: "qwen*" }, { name: "always" }];
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { models })]);
  expect(await namesIn(`${app.url}/api/tags`)).toEqual(["[p]-always"]);
  const body = { model: "[p]-qwen-max", messages: [{ role: "user", content: "hi" }] };
  expect((await post(`${app.url}/v1/chat/completions`, body)).status).toBe(200);
});

test("an exclusion needs no quotes, although `!` begins a tag in YAML", () => {
  const text =
    "providers:\n- name: p\n  url: https://p.example\n  models:\n  - qwen*\n  - !*-preview\n  - '!x/*'\n";
  const [provider] = parseConfig(text, "x.yaml", {}).config.providers;
  expect(provider?.models).toEqual([{ name: "qwen*" }, { name: "!*-preview" }, { name: "!x/*" }]);
});
