/**
 * `bun run bench` measures the executable beside the floor, nginx and other proxies in one run, and prints a table. `README.md` has the
 * method. Exits with 1 when a bound is exceeded.
 *
 *     --full                                all sizes, about four minutes; default: less than a minute
 *     --peer NAME,URL,PREFIX[,PID]          another proxy: its chat route, and what stands before the name of a model
 *     --provider-port PORT                  the port of the provider, for the configuration of that proxy
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { build } from "../../packaging/build.ts";
import {
  FULL,
  QUICK,
  type Sizes,
  type Target,
  check,
  measureRound,
  median,
  modelsFor,
  parallel,
} from "./lanes.ts";
import { measureCold, measureOpenStreams, measureSoak, measureStart } from "./once.ts";
import {
  type Program,
  FOLDER,
  cleanUp,
  startFloor,
  hasNginx,
  startNginx,
  startProvider,
  startProxy,
} from "./programs.ts";
import { processorName, residentMb } from "./system.ts";
import { type Results, type Values, checkBounds, renderTable } from "./table.ts";

const CHAT = "/api/chat";
const COMPLETIONS = "/v1/chat/completions";
const SOAK_BURSTS = 3;

const { values: flags } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    peer: { type: "string", multiple: true, default: [] },
    "provider-port": { type: "string" },
  },
});
const sizes: Sizes = flags.full ? FULL : QUICK;

/** A column of the table. Each has a process of its own, so that no column changes the memory of another. */
interface Column extends Omit<Target, "program"> {
  readonly start: () => Promise<Program>;
  /** The program can be started again, for what is measured with new processes. */
  readonly isOurs: boolean;
}

function columnsFor(provider: Program, executable: string): readonly Column[] {
  const proxy = () => startProxy(executable, provider.port, modelsFor(sizes));
  const direct = () => Promise.resolve({ ...provider, pids: () => [], stop: () => Promise.resolve() });
  const own = { isOurs: true, path: CHAT, prefix: "[p]-" };
  const column = (name: string, start: Column["start"]): Column => ({ ...own, name, start });
  return [
    { ...column("direct", direct), path: COMPLETIONS, prefix: "", isOurs: false },
    ...(hasNginx()
      ? [{ ...column("nginx", () => startNginx(provider.port)), path: COMPLETIONS, prefix: "" }]
      : []),
    column("floor", () => startFloor(provider.port)),
    column("ours", proxy),
    { ...column("ours, relay /v1", proxy), path: COMPLETIONS },
    { ...column("ours, relay /api", proxy), prefix: "[o]-" },
    ...flags.peer.map(peer),
  ];
}

/** A program that was started by hand: only its URL is known. */
function peer(text: string): Column {
  const [name = "", url = "", prefix = "", pid] = text.split(",");
  const { port, pathname } = new URL(url);
  const pids = pid === undefined ? [] : [Number(pid)];
  const program = { port: Number(port), pids: () => pids, stop: () => Promise.resolve() };
  return { name, start: () => Promise.resolve(program), path: pathname, prefix, isOurs: false };
}

class Table {
  readonly #rounds: Map<string, Values[]>;

  constructor(names: readonly string[]) {
    this.#rounds = new Map(names.map((name) => [name, []]));
  }

  add(name: string, values: Values): void {
    this.#rounds.set(name, [...(this.#rounds.get(name) ?? []), values]);
  }

  /** One value per row: the median of the rounds. */
  get results(): Results {
    return new Map([...this.#rounds].map(([name, rounds]) => [name, medians(rounds)]));
  }
}

function medians(rounds: readonly Values[]): Values {
  const byRow = new Map<string, number[]>();
  for (const [row, value] of rounds.flatMap((values) => Object.entries(values)))
    byRow.set(row, [...(byRow.get(row) ?? []), value]);
  return Object.fromEntries([...byRow].map(([row, found]) => [row, median(found)]));
}

/** The rounds of all columns are interleaved, so that all of them meet the same disturbances. */
async function measureRunning(columns: readonly Column[], table: Table): Promise<void> {
  const targets: Target[] = [];
  for (const column of columns) {
    progress(`warming ${column.name}`);
    const target = { ...column, program: await column.start() };
    targets.push(target);
    await check(target, sizes);
    await parallel(target, sizes.warmRequests);
    await measureRound(target, sizes);
  }
  for (let round = 0; round < sizes.rounds; round += 1) {
    progress(`round ${round + 1} of ${sizes.rounds}`);
    for (const target of targets) table.add(target.name, await measureRound(target, sizes));
  }
  for (const { name, program } of targets) {
    const pids = program.pids();
    if (pids.length > 0) table.add(name, { busyMb: residentMb(pids) });
    await program.stop();
  }
}

/** Measures `run` with a new process of each column. */
async function measureNew(columns: readonly Column[], run: (target: Target) => Promise<void>): Promise<void> {
  for (const column of columns.filter(({ isOurs }) => isOurs)) {
    const program = await column.start();
    await run({ ...column, program });
    await program.stop();
  }
}

/** On standard error, so that the table alone can go to a file. */
function progress(step: string): void {
  console.warn(`${(performance.now() / 1000).toFixed(0).padStart(3)} s  ${step}`);
}

async function measure(executable: string, provider: Program): Promise<void> {
  const columns = columnsFor(provider, executable);
  const table = new Table(columns.map(({ name }) => name));
  progress("first requests");
  for (let round = 0; round < sizes.rounds; round += 1)
    await measureNew(columns, async (target) => table.add(target.name, await measureCold(target)));
  await measureRunning(columns, table);
  await measureNew(columns, async (target) =>
    table.add(target.name, await measureOpenStreams(target, sizes)),
  );
  progress("start and lists");
  table.add("ours", await measureStart(executable, provider.port, sizes.starts));
  const { results } = table;
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${processorName()}, ${cpus().length} cores, Bun ${Bun.version}\n`,
  );
  const bounds = checkBounds(results);
  console.log(`${renderTable(results)}\n\n${bounds.map(({ text }) => text).join("\n")}`);
  if (bounds.some(({ isMet }) => !isMet)) process.exitCode = 1;
  if (!flags.full) return;
  progress("soak");
  console.log("\nMB resident after each burst of aborted streams and short requests, and a pause:");
  await measureNew(columns, async (target) => {
    const megabytes = await measureSoak(target, SOAK_BURSTS);
    console.log(`${target.name}: ${megabytes.map((value) => value.toFixed(0)).join(" ")}`);
  });
}

try {
  const executable = await build(FOLDER);
  const port = flags["provider-port"];
  await measure(executable, await startProvider(port === undefined ? undefined : Number(port)));
} finally {
  await cleanUp();
}
