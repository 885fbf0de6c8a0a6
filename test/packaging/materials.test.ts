/** The notices and the bill of materials for the third-party parts of a release. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import sources from "../../packaging/known-models.json" with { type: "json" };
import { findLocked } from "../../packaging/release/lock.ts";
import { createNotices } from "../../packaging/release/notices.ts";
import { describeMaterials } from "../../packaging/release/sbom.ts";

const ROOT = join(import.meta.dir, "../..");
const LIBRARIES = Object.keys(pkg.dependencies);
const notices = readFileSync(join(ROOT, "packaging/release/THIRD-PARTY-NOTICES"), "utf8");

test("THIRD-PARTY-NOTICES is up to date", async () => {
  expect(notices).toBe(await createNotices());
});

test.each(LIBRARIES)("the notices have the whole licence of %s", (name) => {
  const folder = join(ROOT, "node_modules", name);
  const [file = ""] = readdirSync(folder).filter((entry) => entry.startsWith("LICENSE"));
  expect(notices).toContain(readFileSync(join(folder, file), "utf8").trim());
});

test("the notices name the parts of Bun, from the licence page of the version that is built in", () => {
  for (const part of ["JavaScriptCore", "LGPL-2", "boringssl", "uSockets", "sqlite"])
    expect(notices).toContain(part);
  expect(findLocked("bun-types").version).toBe(findLocked("bun").version);
});

test("the notices name the sources of the table of known models, with their licences", () => {
  expect(sources.length).toBeGreaterThan(0);
  for (const { name, notice } of sources) {
    expect(notices).toContain(`${name}, `);
    expect(notices).toContain(notice);
    expect(notice).toContain("Copyright (c)");
  }
});

interface Component {
  readonly name: string;
  readonly type: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly object[];
  readonly licenses: readonly object[];
}

async function readComponents(): Promise<readonly Component[]> {
  const bom: { readonly components: readonly Component[] } = JSON.parse(await describeMaterials(0));
  return bom.components;
}

test("the bill of materials has every part with version, checksum and the licence of its own manifest", async () => {
  const components = await readComponents();
  for (const { name, version, purl, hashes, licenses } of components) {
    expect(purl).toBe(`pkg:npm/${name.replace("@", "%40")}@${version}`);
    expect(hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
    const manifest = join(ROOT, "node_modules", name, "package.json");
    if (!existsSync(manifest)) continue;
    const { license }: { readonly license: string } = JSON.parse(readFileSync(manifest, "utf8"));
    expect([name, licenses]).toEqual([name, [{ license: { id: license } }]]);
  }
  const named = (type: string): readonly string[] =>
    components.filter((component) => component.type === type).map(({ name }) => name);
  expect(named("library")).toEqual(LIBRARIES);
  expect(named("framework")).toHaveLength(8);
  expect(named("data")).toEqual(sources.map(({ name }) => name));
});

test("yaml has its own licence in the bill of materials", async () => {
  const yaml = (await readComponents()).find(({ name }) => name === "yaml");
  expect(yaml?.licenses).toEqual([{ license: { id: "ISC" } }]);
});
