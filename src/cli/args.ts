/** Parses the command line. citty only writes the help: citty 0.2.2 accepts unknown flags, surplus words and missing values. */
import { parseArgs } from "node:util";
import { type CommandDef, renderUsage } from "citty";
import { didYouMean } from "../config/nearest.ts";
import { LOG_LEVELS } from "../log.ts";
import type { LogLevel } from "../runtime.ts";
import type { ServiceAction } from "../service/plan.ts";

const config = {
  type: "string",
  valueHint: "FILE",
  description: "Configuration file; the default is ollama-proxy.yaml in the home directory",
} as const;
const host = { type: "string", valueHint: "ADDRESS", description: "Address to listen on" } as const;
const port = {
  type: "string",
  valueHint: "NUMBER",
  description: "Port to listen on; 0 selects a free port",
} as const;
const logLevel = {
  type: "string",
  valueHint: "LEVEL",
  description: `Log level: ${LOG_LEVELS.join(", ")}`,
} as const;

/** Every command with its flags. */
const COMMANDS = {
  serve: {
    description: "Serve the models of all providers (the default command)",
    flags: { config, host, port, "log-level": logLevel },
  },
  check: { description: "Validate the configuration and query every provider", flags: { config } },
  init: { description: "Write a commented sample configuration", flags: { config } },
  models: { description: "List the models of all providers", flags: { config } },
  service: {
    description: "Manage the background service: install, uninstall, status or logs",
    flags: { "dry-run": { type: "boolean", description: "Show the steps without running them" } },
  },
} as const;

export type CommandName = keyof typeof COMMANDS;

export interface Options {
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly logLevel: LogLevel | undefined;
  /** The argument of `service`. */
  readonly action: ServiceAction | undefined;
  readonly dryRun: boolean;
}

export type CommandLine =
  | { readonly type: "run"; readonly command: CommandName; readonly options: Options }
  | { readonly type: "help"; readonly command: CommandName | undefined }
  | { readonly type: "version" };

/** A mistake of the user. The message is for the user. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `args` are the arguments after the name of the program. Throws `UsageError`. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { words, flags } = splitArguments(args);
  const [first, ...others] = words;
  const command = first === undefined ? "serve" : findCommand(first);
  const [second, surplus] = command === "service" ? others : [undefined, ...others];
  if (surplus !== undefined) throw new UsageError(`Unexpected argument "${surplus}" after "${command}"`);
  if (flags.has("help")) return { type: "help", command: first === undefined ? undefined : command };
  if (flags.has("version")) return { type: "version" };
  for (const name of flags.keys()) checkFlag(name, command);
  const options: Options = {
    config: flags.get("config"),
    host: flags.get("host"),
    port: parsePort(flags.get("port")),
    logLevel: parseLogLevel(flags.get("log-level")),
    action: command === "service" ? parseAction(second) : undefined,
    dryRun: flags.has("dry-run"),
  };
  return { type: "run", command, options };
}

/** The text of `--help`. Colours are removed, because citty ignores NO_COLOR. */
export async function renderHelp(command: CommandName | undefined): Promise<string> {
  const program: CommandDef = {
    meta: {
      name: "ollama-proxy",
      description: "A local Ollama server that forwards requests to remote providers",
    },
    args: { ...COMMANDS.serve.flags, ...COMMON },
    subCommands: Object.fromEntries(
      Object.entries(COMMANDS).map(([name, { description }]) => [name, { meta: { name, description } }]),
    ),
  };
  if (command === undefined) return plain(await renderUsage(program));
  const { description, flags } = COMMANDS[command];
  const single: CommandDef = {
    meta: { name: command, description },
    args: { ...flags, ...COMMON },
  };
  return plain(await renderUsage(single, program));
}

function plain(usage: string): string {
  const lines = Bun.stripANSI(usage).split("\n");
  return lines.map((line) => line.trimEnd()).join("\n");
}

// `alias` is citty's name for Node's `short`.
const COMMON = {
  help: { type: "boolean", short: "h", alias: "h", description: "Show this help" },
  version: { type: "boolean", short: "v", alias: "v", description: "Show the version" },
} as const;

const SWITCHES = { ...COMMANDS.service.flags, ...COMMON };
const FLAGS = { ...COMMANDS.serve.flags, ...SWITCHES };
const ACTIONS = ["install", "uninstall", "status", "logs"] as const satisfies readonly ServiceAction[];

/** Not `strict`, because the errors of Node suggest no similar flag. */
function splitArguments(args: readonly string[]): {
  readonly words: readonly string[];
  /** Values by name; empty for a switch. */
  readonly flags: ReadonlyMap<string, string>;
} {
  const settings = { options: FLAGS, strict: false, allowPositionals: true, tokens: true } as const;
  const words: string[] = [];
  const flags = new Map<string, string>();
  for (const token of parseArgs({ ...settings, args: [...args] }).tokens) {
    if (token.kind === "positional") {
      words.push(token.value);
      continue;
    }
    if (token.kind === "option-terminator") throw unknownFlag("--", COMMANDS.serve.flags);
    const { name, value = "", inlineValue } = token;
    if (!Object.hasOwn(FLAGS, name))
      throw unknownFlag((args[token.index] ?? "").replace(/=.*/s, ""), COMMANDS.serve.flags);
    const isSwitch = Object.hasOwn(SWITCHES, name);
    if (isSwitch && value !== "") throw new UsageError(`Unexpected value after --${name}`);
    if (!isSwitch && (value === "" || (!inlineValue && value.startsWith("--"))))
      throw new UsageError(`Missing value after --${name}`);
    flags.set(name, value);
  }
  return { words, flags };
}

function checkFlag(name: string, command: CommandName): void {
  const known = COMMANDS[command].flags;
  if (!Object.hasOwn(known, name)) throw unknownFlag(`--${name}`, known, command);
}

function unknownFlag(flag: string, known: object, command?: CommandName): UsageError {
  const candidates = Object.keys({ ...known, ...COMMON }).map((name) => `--${name}`);
  const place = command === undefined ? "" : ` for "${command}"`;
  const hint =
    didYouMean(flag.replace(/^-+/, "--"), candidates) ?? `, expected one of ${candidates.join(", ")}`;
  return new UsageError(`Unknown flag "${flag}"${place}${hint}`);
}

function findCommand(word: string): CommandName {
  const names = Object.keys(COMMANDS);
  if (isCommand(word)) return word;
  const hint = didYouMean(word, names) ?? `, expected one of ${names.join(", ")}`;
  throw new UsageError(`Unknown command "${word}"${hint}`);
}

function parseAction(word: string | undefined): ServiceAction {
  const action = ACTIONS.find((name) => name === word);
  if (action !== undefined) return action;
  const expected = `expected one of ${ACTIONS.join(", ")}`;
  if (word === undefined) throw new UsageError(`Missing action after "service", ${expected}`);
  const hint = didYouMean(word, ACTIONS) ?? `, ${expected}`;
  throw new UsageError(`Unknown action "${word}" after "service"${hint}`);
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number;
  throw new UsageError(`--port must be a number between 0 and 65535, got "${text}"`);
}

function parseLogLevel(text: string | undefined): LogLevel | undefined {
  if (text === undefined) return undefined;
  const level = LOG_LEVELS.find((name) => name === text.toLowerCase());
  if (level !== undefined) return level;
  throw new UsageError(`--log-level must be one of ${LOG_LEVELS.join(", ")}, got "${text}"`);
}
