/** The import rules and the purity of the translators, as `src/README.md` defines them. */
import { expect, test } from "bun:test";
import { dirname, join } from "node:path";

const SRC = new URL("../src/", import.meta.url).pathname;

/** The folders that each folder of `src/` may import, including types. Files directly in `src/` have their own rows. */
const ALLOWED: { readonly [folder: string]: readonly string[] } = {
  chat: ["wire"],
  wire: [],
  "masker.ts": [],
  "runtime.ts": [],
  "log.ts": ["runtime.ts"],
  options: [],
  models: ["chat"],
  apis: ["models", "options", "chat", "wire"],
  config: ["apis", "options", "chat", "masker.ts"],
  providers: ["models", "apis", "options", "config", "chat", "wire", "masker.ts", "runtime.ts"],
  pipeline: ["providers", "models", "apis", "options", "chat", "wire", "masker.ts", "runtime.ts"],
  server: ["pipeline", "providers", "models", "apis", "chat", "wire", "runtime.ts"],
  demo: ["wire"],
  "app.ts": [
    "server",
    "pipeline",
    "providers",
    "models",
    "config",
    "demo",
    "usage",
    "ui",
    "chat",
    "masker.ts",
    "runtime.ts",
    "log.ts",
  ],
  usage: ["pipeline", "runtime.ts"],
  ui: ["pipeline", "chat", "wire", "runtime.ts"],
  service: [],
  cli: [
    "app.ts",
    "server",
    "usage",
    "ui",
    "config",
    "models",
    "options",
    "providers",
    "service",
    "masker.ts",
    "runtime.ts",
    "log.ts",
  ],
  "main.ts": ["cli"],
};

const PURE = ["chat", "wire", "options", "apis", "masker.ts"];
const IMPURE =
  /\b(?:fetch|console|process|Bun|setTimeout|setInterval|Date\.now|performance|Math\.random|crypto)\b/;

const files = [...new Bun.Glob("**/*.ts").scanSync(SRC)].toSorted();

/** The files of `src/` that a file imports, including types. */
async function importsOf(path: string): Promise<readonly string[]> {
  const text = await Bun.file(join(SRC, path)).text();
  const targets = [...text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)];
  // `package.json` is outside of `src/`. It is imported for the version.
  return targets
    .map(([, target = ""]) => join(dirname(path), target))
    .filter((file) => !file.startsWith(".."));
}

function folderOf(path: string): string {
  return path.split("/")[0] ?? "";
}

/** Empty for a file that belongs to no API. */
function apiOf(path: string): string {
  return /^apis\/(\w+)\//.exec(path)?.[1] ?? "";
}

async function codeOf(path: string): Promise<string> {
  return (await Bun.file(join(SRC, path)).text()).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
}

test("every folder imports only the allowed folders", async () => {
  const broken: string[] = [];
  for (const path of files) {
    const folder = folderOf(path);
    for (const imported of (await importsOf(path)).map(folderOf)) {
      if (imported !== folder && ALLOWED[folder]?.includes(imported) !== true) {
        broken.push(`${path} must not import ${imported}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

test("no API imports another, and only the server knows one by name", async () => {
  const broken: string[] = [];
  for (const path of files) {
    for (const imported of await importsOf(path)) {
      const api = apiOf(imported);
      const isNeutral = api === "" || (api === "shared" && path.startsWith("apis/"));
      const isClientSide = path.startsWith("server/") && /^apis\/(?:\w+\/client|shared)\//.test(imported);
      const isRegistry = path === "apis/upstreams.ts";
      if (!isNeutral && !isClientSide && !isRegistry && apiOf(path) !== api)
        broken.push(`${path}: ${imported}`);
    }
  }
  expect(broken).toEqual([]);
});

/** The demo is a server of OpenAI's API. */
const MAY_NAME_APIS = ["demo/server.ts"];

test("outside of the APIs no file asks which API a provider speaks", async () => {
  const broken: string[] = [];
  for (const path of files.filter((file) => !file.startsWith("apis/") && !MAY_NAME_APIS.includes(file))) {
    const hit =
      /[!=]==?\s*"(?:openai|ollama|anthropic|responses)"|case "(?:openai|ollama|anthropic|responses)"/i.exec(
        await codeOf(path),
      );
    if (hit !== null) broken.push(`${path}: ${hit[0]}`);
  }
  expect(broken).toEqual([]);
});

/** Fields of the wire formats, without words that the program also uses for other things. */
const WIRE_FIELDS =
  "choices|delta|finish_reason|tool_calls|tool_call_id|messages|max_tokens|stream_options|response_format|reasoning_content|" +
  "prompt_tokens|completion_tokens|usage|encoding_format|embedding|embeddings|done|done_reason|eval_count|keep_alive|num_predict|" +
  "output_tokens|input_tokens|stop_reason|content_block|sequence_number|input|prompt|stream|signin_url|license|modelfile";

test("outside of the APIs no file names a field of the wire", async () => {
  const broken: string[] = [];
  const field = new RegExp(
    `(?:\\["|[{,]\\s*\\\\?"|\\b(?:stringAt|numberAt|arrayAt|objectAt)\\([^,]+, ")(?:${WIRE_FIELDS})\\\\?"`,
  );
  const folders = ["pipeline", "providers", "server"];
  for (const path of files.filter((file) => folders.includes(folderOf(file)))) {
    const hit = field.exec(await codeOf(path));
    if (hit !== null) broken.push(`${path}: ${hit[0]}`);
  }
  expect(broken).toEqual([]);
});

test("translators use no clock, network, console or randomness", async () => {
  const broken: string[] = [];
  for (const path of files.filter((file) => PURE.includes(folderOf(file)))) {
    const hit = IMPURE.exec(await codeOf(path));
    if (hit !== null) broken.push(`${path} uses ${hit[0]}`);
  }
  expect(broken).toEqual([]);
});

test("the rules cover every folder, and no folder that does not exist", () => {
  const folders = new Set(files.map((file) => file.split("/")[0]));
  expect(Object.keys(ALLOWED).toSorted()).toEqual([...folders].map(String).toSorted());
});
