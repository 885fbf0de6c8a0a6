/** Parses the command line. citty only writes the help: citty 0.2.2 accepts unknown flags, surplus words and missing values. */
import { parseArgs } from "node:util";
import { type CommandDef, renderUsage } from "citty";
import { didYouMean } from "../config/nearest.ts";
import { LOG_LEVELS } from "../log.ts";
import type { LogLevel } from "../runtime.ts";
import { COMMANDS, type CommandName, type Flag } from "./commands.ts";

export interface Options {
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly logLevel: LogLevel | undefined;
  /** The argument after the command. If the command has a list of choices, it is one of them. */
  readonly argument: string | undefined;
  /** All other flags by name, without dashes. The value of a switch is empty. */
  readonly flags: { readonly [name: string]: string };
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
  const [first, ...further] = words;
  const command = first === undefined ? "serve" : findCommand(first);
  const [second, surplus] = COMMANDS[command].argument === undefined ? [undefined, ...further] : further;
  if (surplus !== undefined) throw new UsageError(`Unexpected argument "${surplus}" after "${command}"`);
  if (flags.has("help")) return { type: "help", command: first === undefined ? undefined : command };
  if (flags.has("version")) return { type: "version" };
  for (const name of flags.keys()) checkFlag(name, command);
  const { config, host, port, "log-level": logLevel, ...others } = Object.fromEntries(flags);
  const options: Options = {
    config,
    host,
    port: parsePort(port),
    logLevel: parseLogLevel(logLevel),
    argument: checkArgument(second, command),
    flags: others,
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
  const { description, argument, flags } = COMMANDS[command];
  const single: CommandDef = {
    meta: { name: command, description },
    args: {
      ...(argument === undefined
        ? {}
        : {
            [argument.name]: {
              type: "positional",
              description: argument.description,
              required: argument.isOptional !== true,
            },
          }),
      ...flags,
      ...COMMON,
    },
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

/** The flags of all commands. */
const FLAGS: { readonly [name: string]: Flag } = Object.assign(
  {},
  ...Object.values(COMMANDS).map(({ flags }) => flags),
  COMMON,
);

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
    if (token.kind === "option-terminator") throw unknownFlag("--");
    const { name, value = "", inlineValue } = token;
    if (!Object.hasOwn(FLAGS, name)) throw unknownFlag((args[token.index] ?? "").replace(/=.*/s, ""));
    const isSwitch = FLAGS[name]?.type === "boolean";
    if (isSwitch && value !== "") throw new UsageError(`Unexpected value after --${name}`);
    if (!isSwitch && (value === "" || (!inlineValue && value.startsWith("--"))))
      throw new UsageError(`Missing value after --${name}`);
    flags.set(name, value);
  }
  return { words, flags };
}

function checkFlag(name: string, command: CommandName): void {
  if (!Object.hasOwn({ ...COMMANDS[command].flags, ...COMMON }, name))
    throw unknownFlag(`--${name}`, command);
}

/** `command` is absent for a flag that no command has. */
function unknownFlag(flag: string, command?: CommandName): UsageError {
  const known = namesOf({ ...COMMANDS[command ?? "serve"].flags, ...COMMON });
  const place = command === undefined ? "" : ` for "${command}"`;
  const similar = didYouMean(flag.replace(/^-+/, "--"), command === undefined ? namesOf(FLAGS) : known);
  return new UsageError(
    `Unknown flag "${flag}"${place}${similar ?? `, expected one of ${known.join(", ")}`}`,
  );
}

function namesOf(flags: object): readonly string[] {
  return Object.keys(flags).map((name) => `--${name}`);
}

function findCommand(word: string): CommandName {
  const names = Object.keys(COMMANDS);
  if (isCommand(word)) return word;
  const hint = didYouMean(word, names) ?? `, expected one of ${names.join(", ")}`;
  throw new UsageError(`Unknown command "${word}"${hint}`);
}

function checkArgument(word: string | undefined, command: CommandName): string | undefined {
  const { argument } = COMMANDS[command];
  if (argument === undefined || (word === undefined && argument.isOptional === true)) return undefined;
  const { name, choices } = argument;
  const expected = choices === undefined ? "" : `, expected one of ${choices.join(", ")}`;
  if (word === undefined) throw new UsageError(`Missing ${name} after "${command}"${expected}`);
  if (choices === undefined || choices.includes(word)) return word;
  const hint = didYouMean(word, choices) ?? expected;
  throw new UsageError(`Unknown ${name} "${word}" after "${command}"${hint}`);
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
