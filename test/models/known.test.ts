/** Lookups in the table of known models by the host of the provider and the name of the model. */
import { expect, test } from "bun:test";
import { describeModel } from "../../src/models/capabilities.ts";
import sources from "../../packaging/known-models.json" with { type: "json" };
import table from "../../src/models/known-models.txt" with { type: "text" };
import { isObject, objectAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";

const LINES = table.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const ROWS = LINES.filter((line) => !line.startsWith("@")).map((line) => line.split(" "));

test.each([
  "chat",
  "auto",
  "free",
  "kimi",
  "glm",
  "cheap",
  "balanced",
  "precise",
  "my-auto",
  "auto-2",
  "glm-mine",
  "chat-latest",
  "vendor/chat",
])("%s at an unknown provider has the cautious default", (id) => {
  const cautious = { contextLength: 32_768, capabilities: ["completion", "tools"], isGuess: true };
  expect(describeModel(id, {})).toMatchObject(cautious);
  expect(describeModel(id, { host: "llm.example.com" })).toMatchObject(cautious);
  expect(describeModel(id, {}).outputLength).toBeUndefined();
});

test("a name has the values of its own provider", () => {
  const alias = describeModel("openrouter/auto", { host: "openrouter.ai" });
  expect(alias.contextLength).toBeGreaterThan(32_768);
  expect(alias.isGuess).toBe(false);
  expect(describeModel("openrouter/auto", { host: "example.com" }).isGuess).toBe(true);
});

test.each([
  ["in the configuration", [{ name: "openrouter/auto" }]],
  ["by the client, while the list cannot be had", undefined],
])(
  "a client is shown what the provider's own host says of a model that is only named %s",
  async (_, models) => {
    const runtime = { ...fixedRuntime(), fetch: () => Promise.resolve(new Response("", { status: 503 })) };
    const providers = [
      testProvider("https://openrouter.ai/api/v1", { name: "known", models }),
      testProvider("https://llm.example.com/v1", { name: "unknown", models }),
    ];
    await using app = await startTestApp(providers, runtime);
    const windowOf = async (model: string): Promise<unknown> => {
      const shown: unknown = await (await post(`${app.url}/api/show`, { model })).json();
      const fields = Object.entries((isObject(shown) && objectAt(shown, "model_info")) || {});
      return fields.find(([field]) => field.endsWith(".context_length"))?.[1];
    };
    expect(await windowOf("[known]-openrouter/auto")).toBe(
      describeModel("openrouter/auto", { host: "openrouter.ai" }).contextLength,
    );
    expect(await windowOf("[unknown]-openrouter/auto")).toBe(32_768);
  },
);

function sectionOf(host: string): readonly string[] {
  const start = LINES.findIndex((line) => line.startsWith("@") && line.split(" ").includes(host));
  const end = LINES.findIndex((line, index) => index > start && line.startsWith("@"));
  return LINES.slice(start + 1, end < 0 ? undefined : end);
}

test.each(["api.openai.com", "openrouter.ai", "api.together.xyz", "ai-gateway.vercel.sh", "api.groq.com"])(
  "every row of %s is what a model of that name has there, in any spelling of the host",
  (host) => {
    const rows = sectionOf(host);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const [name = "", window] = row.split(" ");
      expect(describeModel(name, { host }).contextLength).toBe(Number(window));
      expect(describeModel(name.toUpperCase(), { host: host.toUpperCase() }).contextLength).toBe(
        Number(window),
      );
    }
  },
);

test("an asterisk of a host stands for a region or a resource", () => {
  const [row = ""] = sectionOf("bedrock-runtime.*.amazonaws.com");
  const [name = "", window] = row.split(" ");
  const at = (host: string): number => describeModel(name, { host }).contextLength;
  expect(at("bedrock-runtime.eu-west-3.amazonaws.com")).toBe(Number(window));
  expect(at("bedrock-runtime.amazonaws.com.example.com")).toBe(at("example.com"));
});

test("no window is shorter than 256 tokens, and no reply is as long as the window", () => {
  for (const [name = "", window, output] of ROWS) {
    expect([name, Number(window) >= 256]).toEqual([name, true]);
    if (output !== "-") expect([name, Number(output) < Number(window)]).toEqual([name, true]);
  }
});

test("a name that applies to every provider has a number or several words", () => {
  const names = sectionOf("*").map((row) => row.split(" ")[0] ?? "");
  expect(names.length).toBeGreaterThan(500);
  expect(names.filter((name) => !name.includes("-") && !/\d/.test(name))).toEqual([]);
});

test("the table names its recorded sources", () => {
  for (const { name, version, license, published } of sources) {
    expect(license).toBe("MIT");
    expect(table).toContain(`# ${name} ${version}, ${license}, published ${published}\n`);
  }
  expect(table.match(/^# .*published.*$/gm)).toHaveLength(sources.length);
});
