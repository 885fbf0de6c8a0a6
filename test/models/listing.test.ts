/** Ollama's listings, as the strictest clients decode them. */
import { expect, test } from "bun:test";
import * as v from "valibot";
import type { ListedModel } from "../../src/chat/model.ts";
import { encodeLoadedModel, encodeTags } from "../../src/apis/ollama/client/models.ts";
import { encodeShow } from "../../src/apis/ollama/client/show.ts";
import { describeModel } from "../../src/models/capabilities.ts";
import { objectAt } from "../../src/wire/json.ts";
import { SHOW_CLIENTS, TAGS_CLIENTS } from "../support/strict-clients.ts";

const IDS = [
  "qwen3-max",
  "anthropic/claude-sonnet-4.5",
  "deepseek/deepseek-r1:free",
  "llama-3.3-70b",
  "text-embedding-v4",
  "ep-2025",
  "模型",
  "gpt-4.1-mini",
  "Qwen3-30B-A3B",
  "a",
];

const listed: readonly ListedModel[] = IDS.map((id) => ({
  name: `[p]-${id}`,
  model: describeModel(id, {}),
  modifiedAt: "2026-01-01T00:00:00.000Z",
}));

const QUERY = { verbose: false, system: "", options: {} };

function wire(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

test.each(Object.entries(TAGS_CLIENTS))("%s decodes the list", (_client, schema) => {
  expect(v.safeParse(schema, wire(encodeTags(listed))).issues).toBeUndefined();
});

test.each(Object.entries(SHOW_CLIENTS))("%s decodes every answer of /api/show", (_client, schema) => {
  for (const model of listed)
    expect(v.safeParse(schema, wire(encodeShow(model, QUERY, 0))).issues).toBeUndefined();
});

test("nothing is null, anywhere", () => {
  const running = listed.map((model) => ({ ...model, expiresAt: "2026-01-01T00:05:00.000Z" }));
  for (const value of [
    encodeTags(listed),
    ...running.map(encodeLoadedModel),
    ...listed.map((model) => encodeShow(model, QUERY, 0)),
  ]) {
    expect(JSON.stringify(value)).not.toContain("null");
  }
});

function digests(): readonly string[] {
  return JSON.stringify(encodeTags(listed)).match(/(?<="digest":")[0-9a-f]{64}(?=")/g) ?? [];
}

test("digests are 64 hex digits, different for each model, and the same every time", () => {
  expect(digests()).toHaveLength(IDS.length);
  expect(new Set(digests()).size).toBe(IDS.length);
  expect(digests()).toEqual(digests());
});

test("Copilot gets the whole name, tools, vision and the right window of a model of which only the name is known", () => {
  const [model] = listed.filter(({ name }) => name.includes("claude"));
  expect(
    wire(encodeShow(model ?? { name: "", model: describeModel("", {}), modifiedAt: "" }, QUERY, 0)),
  ).toMatchObject({
    capabilities: ["completion", "vision", "tools", "thinking"],
    model_info: {
      "general.architecture": "claude",
      "general.basename": "[p]-anthropic/claude-sonnet-4.5",
      "claude.context_length": 200000,
    },
  });
});

test("what is not known of a model is empty", () => {
  const model = { name: "[p]-x", model: describeModel("x", {}), modifiedAt: "2026-01-01T00:00:00.000Z" };
  expect(wire(encodeTags([model]))).toEqual({
    models: [
      {
        name: "[p]-x",
        model: "[p]-x",
        modified_at: "2026-01-01T00:00:00.000Z",
        size: 0,
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        details: {
          parent_model: "",
          format: "",
          family: "x",
          families: ["x"],
          parameter_size: "",
          quantization_level: "",
          context_length: 32768,
        },
        capabilities: ["completion", "tools"],
      },
    ],
  });
  expect(wire(encodeShow(model, QUERY, 0))).toMatchObject({
    details: { format: "", parameter_size: "", quantization_level: "" },
    model_info: {
      "general.architecture": "x",
      "general.basename": "[p]-x",
      "x.context_length": 32768,
      "x.embedding_length": 0,
    },
  });
  const info = objectAt(wire(encodeShow(model, QUERY, 0)), "model_info") ?? {};
  expect(Object.keys(info)).toHaveLength(4);
});

test("the size in a model's name is shown", () => {
  const model = { name: "[p]-x", model: describeModel("x-70b-chat", {}), modifiedAt: "" };
  expect(wire(encodeShow(model, QUERY, 0))).toMatchObject({
    details: { parameter_size: "70B" },
    model_info: { "general.parameter_count": 70_000_000_000 },
  });
});

test("a hosted model runs on no known processor", () => {
  // Ollama's command line shows `100% CPU` when nothing is in video memory, and `Unknown` when more than the size is.
  const model = { name: "[p]-x", model: describeModel("x", {}), modifiedAt: "", expiresAt: "" };
  expect(wire(encodeLoadedModel(model))).toMatchObject({ size: 0, size_vram: 1 });
});
