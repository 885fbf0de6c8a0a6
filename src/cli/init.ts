/** `ollama-proxy init`: writes the sample configuration. */
import { resolve } from "node:path";
import { findConfigPath } from "../config/load.ts";
import type { Options } from "./args.ts";
import { printError, messageOf, print } from "./console.ts";
import { EXIT } from "./exit-code.ts";
import { describeFound, writeSampleWithOffers } from "./first-run.ts";
import type { Offer } from "./offers.ts";

export async function init(options: Options, version: string): Promise<number> {
  const path = resolve(findConfigPath(options.config, process.env));
  let found: readonly Offer[];
  try {
    found = await writeSampleWithOffers(path, version);
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    printError(
      exists
        ? `Cannot write a sample configuration: "${path}" already exists`
        : `Cannot write "${path}": ${messageOf(error)}`,
    );
    return EXIT.failure;
  }
  const hint = describeFound(found);
  print(`Wrote a sample configuration to ${path}\n${hint ?? "To add a provider, run: ollama-proxy add"}`);
  return EXIT.ok;
}
