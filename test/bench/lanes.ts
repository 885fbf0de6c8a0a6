/** What is measured of every program: each lane sends one kind of load, and returns the values of its rows. */
import { type Answer, Connection, encodeRequest } from "./client.ts";
import type { Program } from "./programs.ts";
import { cpuMicroseconds, cpuTime } from "./system.ts";
import type { Values } from "./table.ts";

/** A program, and how the chat route of one of its APIs is called. */
export interface Target {
  readonly name: string;
  readonly program: Program;
  readonly path: string;
  /** Stands before the name of the model. */
  readonly prefix: string;
}

export interface Sizes {
  readonly rounds: number;
  readonly events: number;
  readonly pacedEvents: number;
  readonly requests: number;
  readonly warmRequests: number;
  readonly sequential: number;
  readonly openStreams: number;
  readonly starts: number;
}

export const QUICK: Sizes = {
  rounds: 2,
  events: 20_000,
  pacedEvents: 80,
  requests: 1500,
  warmRequests: 2000,
  sequential: 150,
  openStreams: 1000,
  starts: 5,
};

export const FULL: Sizes = {
  rounds: 5,
  events: 50_000,
  pacedEvents: 300,
  requests: 3000,
  warmRequests: 20_000,
  sequential: 300,
  openStreams: 5000,
  starts: 15,
};

export const COLD_REQUESTS = 1500;
const PARALLEL = 32;
const PACED_STREAMS = 100;
const BATCH = 50;

/** The names of all models that the lanes use. */
export function modelsFor({ events, pacedEvents }: Sizes): readonly string[] {
  return [
    `stream-1-${events}`,
    `stream-${BATCH}-${events}`,
    `paced-5-${pacedEvents}`,
    "first",
    "silent",
    "whole",
  ];
}

export function chatRequest({ path, prefix }: Target, model: string, stream = true): Buffer {
  const messages = [{ role: "user", content: "hi" }];
  return encodeRequest(path, { model: prefix + model, messages, stream });
}

/** Sends one request of each kind, and checks that the reply is complete and has the client's name of the model. */
export async function check(target: Target, { events }: Sizes): Promise<void> {
  const connection = await Connection.open(target.program.port);
  const [streamed = ""] = modelsFor({ ...QUICK, events });
  for (const model of [streamed, "first", "whole"]) {
    const { text } = await connection.request(chatRequest(target, model, model !== "whole"), true);
    const body = text.replaceAll(/\r\n[\da-f]+\r\n/g, "");
    const lines = body.split("\n").filter((line) => line.includes('"content":"')).length;
    const expected = model === streamed ? events : 1;
    const isNamed = body.includes(`"model":"${target.prefix}${model}"`) || target.name === "floor";
    if (!text.startsWith("HTTP/1.1 200") || lines < expected || !isNamed)
      throw new Error(`${target.name} gives a wrong reply for ${model}: ${text.slice(0, 500)}`);
  }
  connection.close();
}

export async function measureRound(target: Target, sizes: Sizes): Promise<Values> {
  const { events, pacedEvents, requests, sequential } = sizes;
  const bulk = await cpuOf(target, () => streams(target, `stream-1-${events}`, 1));
  const batched = await cpuOf(target, () => streams(target, `stream-${BATCH}-${events}`, 1));
  const paced = await cpuOf(target, () => streams(target, `paced-5-${pacedEvents}`, PACED_STREAMS));
  const startedMs = performance.now();
  const cpu = await cpuOf(target, () => parallel(target, requests));
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    bulk: bulk / events,
    batched: batched / events,
    paced: paced / (pacedEvents * PACED_STREAMS),
    rate: requests / seconds,
    cpu: cpu / requests,
    json: median((await oneByOne(target, "whole", sequential)).map(({ totalMs }) => totalMs)),
    firstByte: median((await oneByOne(target, "first", sequential)).map(({ firstByteMs }) => firstByteMs)),
  };
}

/** Microseconds of processor time that the program uses for `load`; NaN when its processes are not known. */
export async function cpuOf({ program }: Target, load: () => Promise<unknown>): Promise<number> {
  const before = cpuTime(program.pids());
  await load();
  return before.size === 0 ? Number.NaN : cpuMicroseconds(before, cpuTime(program.pids()));
}

/** `count` streams at the same time, each on a connection of its own. */
async function streams(target: Target, model: string, count: number): Promise<void> {
  const connections = await open(target, count);
  const request = chatRequest(target, model);
  // Spread over the pause between two events, so that the events do not come at the same time.
  const run = async (connection: Connection, index: number): Promise<void> => {
    await Bun.sleep(index % 5);
    await connection.request(request);
  };
  await Promise.all(connections.map(run));
  for (const connection of connections) connection.close();
}

/** `count` requests for a reply that is not streamed, over 32 connections. */
export async function parallel(target: Target, count: number): Promise<void> {
  const connections = await open(target, PARALLEL);
  const request = chatRequest(target, "whole", false);
  let left = count;
  const run = async (connection: Connection): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await connection.request(request);
    }
  };
  await Promise.all(connections.map(run));
  for (const connection of connections) connection.close();
}

async function oneByOne(target: Target, model: string, count: number): Promise<readonly Answer[]> {
  const connection = await Connection.open(target.program.port);
  const request = chatRequest(target, model, model !== "whole");
  const answers: Answer[] = [];
  for (let index = 0; index < count; index += 1) answers.push(await connection.request(request));
  connection.close();
  return answers;
}

export function open({ program }: Target, count: number): Promise<readonly Connection[]> {
  return Promise.all(Array.from({ length: count }, () => Connection.open(program.port)));
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
