/** The first start: writes a sample configuration, with the providers that were found on this machine. */
import { lstatSync } from "node:fs";
import { createSample, writeSample } from "../config/sample.ts";
import type { Log } from "../runtime.ts";
import { messageOf } from "./console.ts";
import type { Offer } from "./offers.ts";

/** A hardened service cannot write the sample: it then uses the sample without a file. */
export type FirstRun =
  | { readonly state: "present" | "not-writable" }
  | { readonly state: "written"; readonly found: readonly Offer[] };

/** Writes the sample if there is no configuration. */
export async function ensureSample(path: string, log: Log, version: string): Promise<FirstRun> {
  // A symbolic link without a target counts as present: the program must not create its target.
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return { state: "present" };
  try {
    return { state: "written", found: await writeSampleWithOffers(path, version) };
  } catch (error) {
    const reason = `Cannot write a sample configuration to "${path}": ${messageOf(error)}`;
    if (!["EROFS", "EACCES", "EPERM"].includes(codeOf(error))) throw new Error(reason, { cause: error });
    log(
      "warn",
      `${reason}\nTo write one yourself, run: ollama-proxy init\nUntil then, only the test model [demo]-echo is available`,
    );
    return { state: "not-writable" };
  }
}

/** Returns the providers that were found and are examples in the sample. Rejects with `EEXIST` when the file exists. */
export async function writeSampleWithOffers(path: string, version: string): Promise<readonly Offer[]> {
  // Imported only now, because most starts need none of it.
  const { findOffers } = await import("./offers.ts");
  const found = await findOffers(process.env, version);
  writeSample(path, createSample(found));
  return found;
}

/** What was found and how to use it; undefined when nothing was found. */
export function describeFound(found: readonly Offer[]): string | undefined {
  if (found.length === 0) return undefined;
  const names = found.map(({ title, variable, url }) =>
    variable === undefined ? `${title} (runs at ${url})` : `${title} (${variable} is set)`,
  );
  return `Found on this machine: ${names.join(", ")}.\nTo use one, run \`ollama-proxy add\`, or uncomment it in the file.`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
