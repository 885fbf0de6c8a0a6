/**
 * Writes `src/models/known-models.txt` and `known-prices.txt` from the newest versions of npm packages with tables of hosted models. Their licences permit this.
 * Records the versions and licences in `known-models.json`, for the notices and the bill of materials. The packages are read as data and
 * never run. The same versions give the same bytes.
 *
 *     bun run models:refresh
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./compile.ts";
import { type Provider, readModels, readWindows } from "./known-models/read.ts";
import { fetchSource, type Source } from "./known-models/source.ts";
import { tabulate, tabulatePrices } from "./known-models/tabulate.ts";

/** Context window, reply limit, vision and thinking of chat models, by provider. */
const MODELS = "@earendil-works/pi-ai";
/** Only context windows, of many more models. */
const WINDOWS = "@pydantic/genai-prices";

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "known-models-"));
  try {
    const models = await fetchSource(MODELS, folder);
    const windows = await fetchSource(WINDOWS, folder);
    const providers: readonly Provider[] = [
      ...(await readModels(models.folder)),
      ...(await readWindows(windows.folder)),
    ];
    const sources = [models.source, windows.source];
    const lines = [...head(sources), ...tabulate(providers)];
    await Bun.write(join(ROOT, "src/models/known-models.txt"), `${lines.join("\n")}\n`);
    const prices = [...head([models.source]), ...tabulatePrices(providers)];
    await Bun.write(join(ROOT, "src/models/known-prices.txt"), `${prices.join("\n")}\n`);
    const record = join(ROOT, "packaging/known-models.json");
    await Bun.write(record, `${JSON.stringify(sources, null, 2)}\n`);
    // In a process of its own, because it imports the record.
    Bun.spawnSync([process.execPath, join(ROOT, "packaging/release/notices.ts")], { stderr: "inherit" });
    console.log(
      `${lines.length} lines from ${sources.map(({ name, version }) => `${name} ${version}`).join(", ")}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function head(sources: readonly Source[]): readonly string[] {
  return [
    "# Made by `bun run models:refresh`; the formats are in known.ts and prices.ts, the licences are in THIRD-PARTY-NOTICES. From:",
    ...sources.map(
      ({ name, version, license, published }) => `# ${name} ${version}, ${license}, published ${published}`,
    ),
  ];
}

await main();
