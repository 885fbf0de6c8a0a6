/** The documents and forms for contributors name existing files, commands and links. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import pkg from "../package.json" with { type: "json" };
import { parseCommandLine } from "../src/cli/args.ts";

const ROOT = join(import.meta.dir, "..");
const GITHUB = join(ROOT, ".github");
const FORMS = readdirSync(join(GITHUB, "ISSUE_TEMPLATE")).filter((name) => name !== "config.yml");
const read = (path: string): string => readFileSync(join(GITHUB, path), "utf8");
const GUIDE = read("CONTRIBUTING.md");
const TEXTS = [
  "CONTRIBUTING.md",
  "pull_request_template.md",
  ...FORMS.map((name) => `ISSUE_TEMPLATE/${name}`),
].map(read);
const SPANS = TEXTS.flatMap((text) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span));

const paths = SPANS.filter((span) => /^(?:src|test|packaging|\.github)\/|^[A-Z-]+\.md$/.test(span));

test("every path exists, and `<api>` stands for a folder that has such a file", () => {
  expect(paths.length).toBeGreaterThan(20);
  const missing = paths.filter((path) => {
    if (path.includes("NAME")) return !existsSync(join(ROOT, path.replace("/NAME", "")));
    if (!path.includes("<api>")) return !existsSync(join(ROOT, path));
    return !readdirSync(join(ROOT, "src/apis")).some((api) =>
      existsSync(join(ROOT, path.replace("<api>", api))),
    );
  });
  expect(missing).toEqual([]);
});

test("every link leads to a file", () => {
  const targets = [...GUIDE.matchAll(/\]\((?!https:)([^)]+)\)/g)].map(([, target = ""]) => target);
  expect(targets.length).toBeGreaterThan(1);
  expect(targets.filter((target) => !existsSync(join(GITHUB, target)))).toEqual([]);
});

test("every script that they name is one", () => {
  const named = TEXTS.flatMap((text) =>
    [...text.matchAll(/\bbun run ([\w:]+)/g)].map(([, name = ""]) => name),
  );
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => !Object.hasOwn(pkg.scripts, name))).toEqual([]);
});

test("every command of the program that they name is one", () => {
  const named = TEXTS.flatMap((text) =>
    [...text.matchAll(/`ollama-proxy ([^`]+)`/g)].map(([, words = ""]) => words),
  );
  expect(named.length).toBeGreaterThan(3);
  for (const words of named) expect(() => parseCommandLine(words.split(" "))).not.toThrow();
});

const text = v.pipe(v.string(), v.minLength(1));
const common = {
  id: v.pipe(text, v.regex(/^[a-z]+$/)),
  validations: v.strictObject({ required: v.boolean() }),
};
const label = { label: text, description: v.optional(text), placeholder: v.optional(text) };

/** https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms */
const form = v.strictObject({
  name: text,
  description: text,
  labels: v.array(text),
  body: v.array(
    v.variant("type", [
      v.strictObject({ ...common, type: v.literal("input"), attributes: v.strictObject(label) }),
      v.strictObject({
        ...common,
        type: v.literal("textarea"),
        attributes: v.strictObject({ ...label, render: v.optional(v.picklist(["text", "yaml"])) }),
      }),
    ]),
  ),
});

test.each(FORMS)(
  "%s is a form of GitHub's that asks for the output of check and for the log line",
  (name) => {
    const { body } = v.parse(form, parse(read(`ISSUE_TEMPLATE/${name}`)));
    const ids = body.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const [check] = body.filter(({ id }) => id === "check");
    expect(check).toMatchObject({
      attributes: { label: "The output of `ollama-proxy check`" },
      validations: { required: true },
    });
    expect(ids).toContain("log");
  },
);

test("the form for a provider asks for a recording, and tells how to make one", () => {
  expect(read("ISSUE_TEMPLATE/provider.yml")).toContain("`bun run record NAME URL MODEL`");
});
