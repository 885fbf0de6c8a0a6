/** The program: reads the command line, runs the command, ends with its exit code. */
import pkg from "../package.json" with { type: "json" };
import { type Options, parseCommandLine, renderHelp, UsageError } from "./cli/args.ts";
import type { CommandName } from "./cli/commands.ts";
import { logOutput, printError, pauseBeforeExit, messageOf, print } from "./cli/console.ts";
import { EXIT } from "./cli/exit-code.ts";
import { raiseFetchLimit } from "./cli/raise-fetch-limit.ts";

type Command = (options: Options) => Promise<number>;

/** Imported when they run, so that no command loads the modules of another. */
const COMMANDS: { readonly [name in CommandName]: Command } = {
  serve: async (options) => {
    const exitCode = await raiseFetchLimit();
    if (exitCode !== undefined) return exitCode;
    return (await import("./cli/serve.ts")).serve(options, pkg.version);
  },
  add: async (options) => (await import("./cli/add/add.ts")).add(options, pkg.version),
  remove: async (options) => (await import("./cli/remove.ts")).remove(options),
  check: async (options) => (await import("./cli/check.ts")).check(options, pkg.version),
  doctor: async (options) => (await import("./cli/doctor/doctor.ts")).doctor(options, pkg.version),
  setup: async (options) => (await import("./cli/setup/setup.ts")).setup(options, pkg.version),
  init: async (options) => (await import("./cli/init.ts")).init(options, pkg.version),
  models: async (options) => (await import("./cli/models.ts")).models(options, pkg.version),
  usage: async (options) => (await import("./cli/usage.ts")).usage(options),
  config: async (options) => (await import("./cli/config.ts")).config(options),
  top: async (options) => (await import("./cli/top.ts")).top(options),
  ui: async (options) => (await import("./cli/ui.ts")).ui(options),
  service: async (options) => (await import("./cli/service.ts")).service(options),
};

async function main(args: readonly string[]): Promise<number> {
  try {
    const line = parseCommandLine(args);
    if (line.type === "run") return await COMMANDS[line.command](line.options);
    print(line.type === "version" ? pkg.version : await renderHelp(line.command));
    return EXIT.ok;
  } catch (error) {
    return await fail(error);
  }
}

/** How long the end of the program waits for an output that takes nothing. */
const FLUSH_LIMIT_MS = 1000;

async function fail(error: unknown): Promise<number> {
  await logOutput.flush(FLUSH_LIMIT_MS);
  printError(messageOf(error));
  if (error instanceof UsageError) {
    printError("For help, run: ollama-proxy --help");
    return EXIT.usage;
  }
  // By name: importing the classes would load modules that `--version` does not need.
  const name = error instanceof Error ? error.name : "";
  if (name === "ConfigError") return EXIT.config;
  if (name === "PortTakenError") return EXIT.portTaken;
  return EXIT.failure;
}

async function end(exitCode: number): Promise<void> {
  await logOutput.flush(FLUSH_LIMIT_MS);
  if (exitCode !== EXIT.ok) await pauseBeforeExit();
  process.exit(exitCode);
}

async function endWith(error: unknown): Promise<void> {
  await end(await fail(error));
}

// Users never see a stack trace.
process.on("uncaughtException", (error) => void endWith(error));
process.on("unhandledRejection", (error) => void endWith(error));

void main(process.argv.slice(2)).then(end);
