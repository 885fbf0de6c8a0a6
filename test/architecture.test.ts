/** The import rule and the purity of the translators, as `src/README.md` states them. */
import { expect, test } from "bun:test";
import { dirname, join } from "node:path";

const SRC = new URL("../src/", import.meta.url).pathname;

/** Folder of `src/` → the folders it may import, types included; files directly in `src/` stand under their name. */
const ALLOWED: { readonly [folder: string]: readonly string[] } = {
  chat: ["wire"],
  wire: [],
  "masker.ts": [],
  "runtime.ts": [],
  "log.ts": ["runtime.ts"],
  config: ["chat", "dialects", "masker.ts"],
  dialects: ["chat", "wire"],
  models: ["chat"],
  providers: ["config", "dialects", "chat", "wire", "masker.ts", "runtime.ts"],
  gateway: ["providers", "models", "dialects", "chat", "wire", "masker.ts", "runtime.ts"],
  server: ["gateway", "dialects", "chat", "wire", "runtime.ts"],
  demo: ["wire"],
  "app.ts": [
    "server",
    "gateway",
    "models",
    "providers",
    "config",
    "demo",
    "chat",
    "masker.ts",
    "runtime.ts",
    "log.ts",
  ],
  service: [],
  cli: ["app.ts", "server", "config", "models", "providers", "service", "masker.ts", "runtime.ts", "log.ts"],
  "main.ts": ["cli"],
};

const PURE = ["chat", "wire", "dialects", "masker.ts"];
const IMPURE =
  /\b(?:fetch|console|process|Bun|setTimeout|setInterval|Date\.now|performance|Math\.random|crypto)\b/;

const files = [...new Bun.Glob("**/*.ts").scanSync(SRC)].toSorted();

test("every folder imports only what it may", async () => {
  const broken: string[] = [];
  for (const path of files) {
    const folder = path.split("/")[0] ?? "";
    const text = await Bun.file(join(SRC, path)).text();
    for (const [, target = ""] of text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
      const imported = join(dirname(path), target).split("/")[0] ?? "";
      // The manifest lies outside: it holds the version.
      if (imported !== folder && imported !== ".." && ALLOWED[folder]?.includes(imported) !== true) {
        broken.push(`${path} must not import ${imported}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

test("translators touch no clock, network, console or randomness", async () => {
  const broken: string[] = [];
  for (const path of files.filter((file) => PURE.includes(file.split("/")[0] ?? ""))) {
    const code = (await Bun.file(join(SRC, path)).text()).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    const hit = IMPURE.exec(code);
    if (hit !== null) broken.push(`${path} uses ${hit[0]}`);
  }
  expect(broken).toEqual([]);
});

test("the rules cover every folder, and no folder that is gone", () => {
  const folders = new Set(files.map((file) => file.split("/")[0]));
  expect(Object.keys(ALLOWED).toSorted()).toEqual([...folders].map(String).toSorted());
});
