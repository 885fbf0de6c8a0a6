/** `ollama-proxy init`: writes the sample configuration. */
import { resolve } from "node:path";
import { findConfigPath } from "../config/load.ts";
import { writeSample } from "../config/sample.ts";
import type { Options } from "./args.ts";
import { printError, messageOf, print } from "./console.ts";
import { EXIT } from "./exit-code.ts";

export function init(options: Options): number {
  const path = resolve(findConfigPath(options.config, process.env));
  try {
    writeSample(path);
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    printError(
      exists
        ? `Cannot write a sample configuration: "${path}" already exists`
        : `Cannot write "${path}": ${messageOf(error)}`,
    );
    return EXIT.failure;
  }
  print(`Wrote a sample configuration to ${path}\nAdd a provider, then run: ollama-proxy check`);
  return EXIT.ok;
}
