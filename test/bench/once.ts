/** What is measured once, or with new processes: memory, the first requests, the start, and the lists of models. */
import { Connection, encodeRequest } from "./client.ts";
import {
  COLD_REQUESTS,
  type Sizes,
  type Target,
  chatRequest,
  cpuOf,
  median,
  open,
  parallel,
} from "./lanes.ts";
import { type Program, freePort, openAi, start, writeConfig } from "./programs.ts";
import { residentMb } from "./system.ts";
import type { Values } from "./table.ts";

const SETTLE_MS = 1000;
/** Connections that are opened at the same time. */
const GROUP = 50;

/** The memory of a new process, and the cost of its first requests. */
export async function measureCold(target: Target): Promise<Values> {
  const idleMb = residentMb(target.program.pids());
  const cpu = await cpuOf(target, () => parallel(target, COLD_REQUESTS));
  return { idleMb, coldCpu: cpu / COLD_REQUESTS };
}

/** The memory of streams in which nothing happens. */
export async function measureOpenStreams(target: Target, { openStreams }: Sizes): Promise<Values> {
  const connections: Connection[] = [];
  const request = chatRequest(target, "silent");
  const openUpTo = async (count: number): Promise<number> => {
    while (connections.length < count) {
      const group = await open(target, GROUP);
      connections.push(...group);
      await Promise.all(group.map((connection) => connection.begin(request)));
    }
    await Bun.sleep(SETTLE_MS);
    return residentMb(target.program.pids());
  };
  await openUpTo(GROUP);
  const base = await openUpTo(2 * GROUP);
  const first = await openUpTo(1000);
  const all = await openUpTo(openStreams);
  for (const connection of connections) connection.close();
  return {
    streamKb: ((first - base) * 1000) / (1000 - 2 * GROUP),
    ...(openStreams > 1000 ? { furtherKb: ((all - first) * 1000) / (openStreams - 1000) } : {}),
  };
}

/** Resident memory after each burst of aborted streams and short requests, and a pause. */
export async function measureSoak(target: Target, bursts: number): Promise<readonly number[]> {
  const after: number[] = [];
  for (let burst = 0; burst < bursts; burst += 1) {
    await abortStreams(target, 1000);
    await parallel(target, 5000);
    await Bun.sleep(3 * SETTLE_MS);
    after.push(residentMb(target.program.pids()));
  }
  return after;
}

async function abortStreams(target: Target, count: number): Promise<void> {
  const request = chatRequest(target, "silent");
  for (let done = 0; done < count; done += GROUP) {
    const group = await open(target, GROUP);
    await Promise.all(group.map((connection) => connection.begin(request)));
    for (const connection of group) connection.close();
  }
}

const SHOWS = 300;
const LISTS = 10;

/** The start of the executable, and requests about many models. */
export async function measureStart(executable: string, provider: number, starts: number): Promise<Values> {
  const startWith = (count: number): (() => Promise<Program>) => {
    const port = freePort();
    const models = Array.from({ length: count }, (_, index) => `model-${index}`);
    const config = writeConfig(port, [openAi(provider, models)]);
    return () => start([executable, "--config", config], port, { path: "/api/version" });
  };
  const startMany = startWith(10_000);
  const few = await startTimes(starts, startWith(10));
  const many = await startTimes(starts, startMany);
  const program = await startMany();
  const lists = await requestTimes(program, LISTS + 5, () => encodeRequest("/api/tags", undefined));
  const shows = await requestTimes(program, SHOWS, (index) =>
    encodeRequest("/api/show", { model: `[p]-model-${index}` }),
  );
  await program.stop();
  return {
    start: median(few),
    startMany: median(many),
    tags: median(lists.slice(5)),
    shows: shows.reduce((sum, ms) => sum + ms, 0),
    diskMb: Bun.file(executable).size / 1e6,
  };
}

async function startTimes(count: number, begin: () => Promise<Program>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedMs = performance.now();
    const program = await begin();
    times.push(performance.now() - startedMs);
    await program.stop();
  }
  return times;
}

async function requestTimes(
  { port }: Program,
  count: number,
  requestAt: (index: number) => Buffer,
): Promise<readonly number[]> {
  const connection = await Connection.open(port);
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const { totalMs } = await connection.request(requestAt(index));
    times.push(totalMs);
  }
  connection.close();
  return times;
}
