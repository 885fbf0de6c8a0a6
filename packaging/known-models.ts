/**
 * Makes `src/models/known-models.txt` from tables of hosted models that are published on npm under the MIT licence. Run it with
 * `bun run models:refresh`, after raising the versions here; the packages are fetched, read and thrown away.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normalizeId } from "../src/models/known.ts";
import { type JsonObject, arrayAt, isObject, numberAt, stringAt } from "../src/wire/json.ts";

/** Window, reply, vision and thinking of models that call tools. */
const CATALOG = "@earendil-works/pi-ai@1.5.2";
/** Windows alone, of many more. */
const WINDOWS = "@pydantic/genai-prices@0.1.8";
/** When those versions were looked at. */
const DATE = "2026-11-23";
const TARGET = new URL("../src/models/known-models.txt", import.meta.url).pathname;

/** Files of the makers themselves; what they say of their own models beats what others say. */
const MAKERS = [
  "openai",
  "anthropic",
  "google",
  "deepseek",
  "moonshotai",
  "zai",
  "mistral",
  "xai",
  "minimax",
  "meta",
  "xiaomi",
];

interface Entry {
  readonly context: number;
  readonly output: number | undefined;
  readonly flags: string;
  readonly isMaker: boolean;
}

/** Fetches a package and returns where its files are. */
async function unpack(name: string, folder: string): Promise<string> {
  const packed = Bun.spawnSync(["npm", "pack", "--silent", name], { cwd: folder, stderr: "inherit" });
  const archive = packed.stdout.toString().trim();
  if (packed.exitCode !== 0 || archive === "") throw new Error(`Cannot fetch ${name}`);
  const target = join(folder, archive.replace(/\.tgz$/, ""));
  mkdirSync(target);
  const untarred = Bun.spawn(["tar", "xzf", join(folder, archive), "-C", target]);
  if ((await untarred.exited) !== 0) throw new Error(`Cannot unpack ${archive}`);
  return join(target, "package");
}

/** Every object of the tree that describes a chat model. */
function* modelsIn(value: unknown): Generator<JsonObject> {
  if (!isObject(value)) return;
  if (stringAt(value, "id") !== undefined && numberAt(value, "contextWindow") !== undefined) yield value;
  else for (const child of Object.values(value)) yield* modelsIn(child);
}

function entryOf(model: JsonObject, isMaker: boolean): Entry {
  const vision = arrayAt(model, "input").includes("image") ? "v" : "";
  const thinking = model["reasoning"] === true ? "t" : "";
  return {
    context: numberAt(model, "contextWindow") ?? 0,
    output: numberAt(model, "maxTokens"),
    flags: vision + thinking,
    isMaker,
  };
}

/** What most hosts say; the larger window where they are even. */
function agreed(entries: readonly Entry[]): Entry | undefined {
  const makers = entries.filter((entry) => entry.isMaker);
  const voters = makers.length > 0 ? makers : entries;
  const votes = Map.groupBy(voters, (entry) => `${entry.context} ${entry.flags}`);
  const [winners] = [...votes.values()].toSorted(
    (a, b) => b.length - a.length || (b[0]?.context ?? 0) - (a[0]?.context ?? 0),
  );
  return winners?.[0];
}

type Names = Map<string, Entry[]>;

async function readCatalog(folder: string, names: Names): Promise<void> {
  const data = join(folder, "dist/providers/data");
  for (const file of [...new Bun.Glob("*.json").scanSync(data)].toSorted()) {
    const isMaker = MAKERS.includes(file.replace(/\.json$/, ""));
    for (const model of modelsIn(await Bun.file(join(data, file)).json())) {
      const name = normalizeId(stringAt(model, "id") ?? "");
      names.set(name, [...(names.get(name) ?? []), entryOf(model, isMaker)]);
    }
  }
}

/** The table is code, but each model's window follows its id. */
async function readWindows(folder: string, names: Names): Promise<void> {
  const code = await Bun.file(join(folder, "dist/index.js")).text();
  const found: Names = new Map();
  for (const [, id = "", window] of code.matchAll(
    /\bid: "([^"]+)",(?:(?!\bid: ")[\s\S])*?context_window: ([\d.e]+)/g,
  )) {
    const name = normalizeId(id);
    const entry = { context: Number(window), output: undefined, flags: "?", isMaker: false };
    if (!names.has(name)) found.set(name, [...(found.get(name) ?? []), entry]);
  }
  for (const [name, entries] of found) names.set(name, entries);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "known-models-"));
  try {
    const names: Names = new Map();
    await readCatalog(await unpack(CATALOG, folder), names);
    await readWindows(await unpack(WINDOWS, folder), names);
    const lines = [...names]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, entries]) => {
        const entry = agreed(entries);
        if (entry === undefined || entry.context <= 0 || name === "") return [];
        return [`${name} ${entry.context} ${entry.output ?? "-"} ${entry.flags}`.trimEnd()];
      });
    const head = `# From ${CATALOG} and ${WINDOWS}, both MIT licence, ${DATE}; made by \`bun run models:refresh\`.\n`;
    await Bun.write(TARGET, `${head}${lines.join("\n")}\n`);
    console.log(`${TARGET}: ${lines.length} models`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
