/**
 * Turns the command line into a command and its options.
 *
 * citty 0.2.2 lets unknown flags, surplus words and missing values pass, so all of that is refused here first.
 */
import { type CommandDef, parseArgs, renderUsage } from "citty";
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

/** Every command with the flags it knows. */
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
  /** What `service` is to do. */
  readonly action: ServiceAction | undefined;
  readonly dryRun: boolean;
}

export type CommandLine =
  | { readonly type: "run"; readonly command: CommandName; readonly options: Options }
  | { readonly type: "help"; readonly command: CommandName | undefined }
  | { readonly type: "version" };

/** The user's mistake, in words for the user. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `args` are those behind the program's name. Throws `UsageError`. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { words, flags } = splitWords(args);
  const [first, ...others] = words;
  const command = first === undefined ? "serve" : findCommand(first);
  const [second, surplus] = command === "service" ? others : [undefined, ...others];
  if (surplus !== undefined) throw new UsageError(`Unexpected argument "${surplus}" after "${command}"`);
  if (flags.some(({ name }) => name === "help")) {
    return { type: "help", command: first === undefined ? undefined : command };
  }
  if (flags.some(({ name }) => name === "version")) return { type: "version" };
  for (const flag of flags) checkFlag(flag, command);
  const given = parseArgs<typeof VALUE_FLAGS>(
    flags.map(({ name, value }) => `--${name}=${value ?? ""}`),
    VALUE_FLAGS,
  );
  const options: Options = {
    config: given.config,
    host: given.host,
    port: given.port === undefined ? undefined : parsePort(given.port),
    logLevel: given["log-level"] === undefined ? undefined : parseLogLevel(given["log-level"]),
    action: command === "service" ? parseAction(second) : undefined,
    dryRun: flags.some(({ name }) => name === "dry-run"),
  };
  return { type: "run", command, options };
}

/** What `--help` prints. Plain text: citty colours even where NO_COLOR asks it not to. */
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

const COMMON = {
  help: { type: "boolean", alias: "h", description: "Show this help" },
  version: { type: "boolean", alias: "v", description: "Show the version" },
} as const;

/** `serve` knows every flag that takes a value. */
const VALUE_FLAGS = COMMANDS.serve.flags;
const SWITCHES = { ...COMMANDS.service.flags, ...COMMON };
const ACTIONS = ["install", "uninstall", "status", "logs"] as const satisfies readonly ServiceAction[];

const SHORT: { readonly [flag: string]: string } = { "-h": "--help", "-v": "--version" };

interface Flag {
  readonly name: string;
  /** Undefined: it stands alone. */
  readonly value: string | undefined;
}

/** Tells words from flags; the word behind a flag that wants a value is its value. */
function splitWords(args: readonly string[]): {
  readonly words: readonly string[];
  readonly flags: readonly Flag[];
} {
  const words: string[] = [];
  const flags: Flag[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    const [, name = "", inline] = /^--([^=]*)(?:=(.*))?$/s.exec(SHORT[arg] ?? arg) ?? [];
    const wantsValue = Object.hasOwn(VALUE_FLAGS, name) && inline === undefined;
    if (!wantsValue && inline === undefined && !Object.hasOwn(SWITCHES, name))
      throw unknownFlag(arg, VALUE_FLAGS);
    const next = args[i + 1];
    const takesNext = wantsValue && next !== undefined && !next.startsWith("--");
    flags.push({ name, value: takesNext ? next : inline });
    if (takesNext) i++;
  }
  return { words, flags };
}

function checkFlag({ name, value }: Flag, command: CommandName): void {
  const known = COMMANDS[command].flags;
  if (!Object.hasOwn(known, name)) throw unknownFlag(`--${name}`, known, command);
  if (Object.hasOwn(SWITCHES, name)) {
    if (value !== undefined) throw new UsageError(`Unexpected value after --${name}`);
  } else if (value === undefined || value === "") throw new UsageError(`Missing value after --${name}`);
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

function parsePort(text: string): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number;
  throw new UsageError(`--port must be a number between 0 and 65535, got "${text}"`);
}

function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === text.toLowerCase());
  if (level !== undefined) return level;
  throw new UsageError(`--log-level must be one of ${LOG_LEVELS.join(", ")}, got "${text}"`);
}
