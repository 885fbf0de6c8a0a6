/** Processor time and memory of processes, as Linux reports them in /proc. */
import { readFileSync, readdirSync } from "node:fs";

/** The processor time that a process has used, by thread, in nanoseconds. */
export type CpuTime = ReadonlyMap<string, number>;

export function cpuTime(pids: readonly number[]): CpuTime {
  const times = new Map<string, number>();
  for (const pid of pids) {
    for (const thread of list(`/proc/${pid}/task`)) {
      const [ns = "0"] = read(`/proc/${pid}/task/${thread}/schedstat`).split(" ");
      times.set(`${pid}/${thread}`, Number(ns));
    }
  }
  return times;
}

/** Microseconds between two readings. What a thread did that ended in between is not counted. */
export function cpuMicroseconds(before: CpuTime, after: CpuTime): number {
  let ns = 0;
  for (const [thread, time] of after) ns += time - (before.get(thread) ?? 0);
  return ns / 1000;
}

/** Resident memory in megabytes. */
export function residentMb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + pagesOf(pid) * 4096, 0) / 1e6;
}

function pagesOf(pid: number): number {
  return Number(read(`/proc/${pid}/statm`).split(" ")[1] ?? 0);
}

/** The process and its children. */
export function family(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(" ");
  return [pid, ...children.filter((child) => child !== "").map(Number)];
}

export function processorName(): string {
  return /^model name\s*: (.*)$/m.exec(read("/proc/cpuinfo"))?.[1] ?? "an unknown processor";
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Empty for a process or a thread that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
