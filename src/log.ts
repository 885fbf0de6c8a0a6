/**
 * Writes log lines: text with local time for a terminal, JSON for collectors, priorities for the systemd journal.
 *
 *   2026-09-01 14:00:00.000 info  Listening url=http://127.0.0.1:11434 providers=2
 *   {"time":"2026-09-01T12:00:00.000Z","level":"info","message":"Listening","providers":2}
 *   <6>Listening url=http://127.0.0.1:11434 providers=2
 */
import { type BigIntStats, fstatSync, statSync } from "node:fs";
import { devNull } from "node:os";
import type { Log, LogFields, LogLevel } from "./runtime.ts";

export const LOG_LEVELS = ["error", "warn", "info", "debug", "trace"] as const satisfies readonly LogLevel[];

export type LogFormat = "text" | "json" | "journal";

/** Syslog's numbers, as sd-daemon(3) reads them off the start of a line. */
const PRIORITIES = { error: 3, warn: 4, info: 6, debug: 7, trace: 7 } as const satisfies Record<
  LogLevel,
  number
>;

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Whether `text` is coloured. The other formats never are. */
  readonly isColored?: boolean;
  /** Gets whole lines, without the last line end. */
  readonly write: (text: string) => void;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
}

export function createLog({
  level: lowest,
  format,
  isColored = false,
  write,
  now = Date.now,
}: LogOptions): Log {
  const toLines = format === "text" && isColored ? coloredText : FORMATS[format];
  return leveled(lowest, (level, message, fields = {}) => {
    write(toLines(level, ...changeTexts(message, fields, redact), now()));
  });
}

/** A log that ignores less important lines before any work is done for them. */
function leveled(lowest: LogLevel | undefined, log: Log): Log {
  if (lowest === undefined) return log;
  const limit = LOG_LEVELS.indexOf(lowest);
  const limited: Log = (level, message, fields) => {
    if (LOG_LEVELS.indexOf(level) <= limit) log(level, message, fields);
  };
  return Object.assign(limited, { lowest });
}

type Format = (level: LogLevel, message: string, fields: LogFields, nowMs: number) => string;

const FORMATS = {
  text: (level, message, fields, nowMs) =>
    `${localTime(nowMs)} ${level.padEnd(5)} ${toLogfmt(message, fields).join("\n")}`,
  json: (level, message, fields, nowMs) =>
    JSON.stringify({ time: new Date(nowMs).toISOString(), level, message, ...fields }),
  journal: (level, message, fields) =>
    toLogfmt(message, fields)
      .map((line) => `<${PRIORITIES[level]}>${line}`)
      .join("\n"),
} as const satisfies Record<LogFormat, Format>;

/** SGR codes (ECMA-48, section 8.3.117). */
const RESET = "\u001b[0m";
const FAINT = "\u001b[2m";
const COLORS = {
  error: "\u001b[31m",
  warn: "\u001b[33m",
  info: "\u001b[32m",
  debug: "\u001b[36m",
  trace: FAINT,
} as const satisfies Record<LogLevel, string>;

function coloredText(level: LogLevel, message: string, fields: LogFields, nowMs: number): string {
  const [first = "", ...others] = toLogfmt(message, fields, (key) => `${FAINT}${key}=${RESET}`);
  const time = `${FAINT}${localTime(nowMs)}${RESET}`;
  return [`${time} ${COLORS[level]}${level.padEnd(5)}${RESET} ${first}`, ...others].join("\n");
}

/** `2026-09-01 14:00:00.000` in the computer's time zone. */
function localTime(ms: number): string {
  const date = new Date(ms);
  const shifted = new Date(ms - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().replace("T", " ").replace("Z", "");
}

/** The further lines of a message are indented, so that they differ from other log lines. */
function toLogfmt(
  message: string,
  fields: LogFields,
  label: (key: string) => string = (key) => `${key}=`,
): readonly string[] {
  const [first = "", ...others] = message.split("\n");
  const pairs = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [label(key) + quote(String(value))],
  );
  return [
    [escapeControls(first), ...pairs].join(" "),
    ...others.map((line) => `    ${escapeControls(line)}`),
  ];
}

function quote(value: string): string {
  return /^[^\s"=\p{Cc}]+$/u.test(value) ? value : escapeControls(JSON.stringify(value));
}

/** Control characters could change the state of the terminal. */
function escapeControls(line: string): string {
  return line.replace(/[\p{Cc}\u2028\u2029]/gu, (control) =>
    control === "\t" ? control : `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The log, with everything that `mask` replaces masked in messages and fields. */
export function maskLog(log: Log, mask: (text: string) => string): Log {
  return leveled(log.lowest, (level, message, fields = {}) =>
    log(level, ...changeTexts(message, fields, mask)),
  );
}

/** Message and fields with changed texts. Most lines need no change, which one look at all of their texts shows. */
function changeTexts(
  message: string,
  fields: LogFields,
  change: (text: string) => string,
): readonly [message: string, fields: LogFields] {
  let all = message;
  for (const value of Object.values(fields)) if (typeof value === "string") all += `\n${value}`;
  if (change(all) === all) return [message, fields];
  const changed = Object.entries(fields).map(([key, value]) => [
    key,
    typeof value === "string" ? change(value) : value,
  ]);
  return [change(message), Object.fromEntries(changed)];
}

/** Masks text that looks like a credential. */
function redact(text: string): string {
  return text
    .replace(/\bsk-[\w-]{3,}/g, "sk-***")
    .replace(/\b(bearer\s+)[^\s"',]+/gi, "$1***")
    .replace(/((?:key|token|secret|password)=)[^\s&"',]+/gi, "$1***")
    .replace(/(:\/\/)[^\s/@]+(?=@)/g, "$1***");
}

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;

interface Environment {
  readonly [name: string]: string | undefined;
}

/** Whether the environment allows colours. NO_COLOR (https://no-color.org) disables them unless it is empty. */
export function mayColor({ NO_COLOR = "", TERM = "" }: Environment): boolean {
  return NO_COLOR === "" && TERM !== "dumb";
}

/** The format for the destination of standard error: a terminal, the journal, or a log collector. */
export function detectLogFormat(environment: Environment): LogFormat {
  if (isTerminal(STDERR)) return "text";
  const stderr = describeFile(STDERR);
  // Programs whose output goes elsewhere inherit the variable, so it must name this stream.
  const isJournal = stderr !== undefined && environment["JOURNAL_STREAM"] === `${stderr.dev}:${stderr.ino}`;
  return isJournal ? "journal" : "json";
}

/** Whether the descriptor is a terminal. Bun's `isatty` is not used because it takes seven megabytes of memory. */
export function isTerminal(descriptor: typeof STDIN | typeof STDOUT | typeof STDERR): boolean {
  const file = describeFile(descriptor);
  return file?.isCharacterDevice() === true && file.rdev !== describeFile(devNull)?.rdev;
}

/** Undefined for a stream that is not open, as in a background process on Windows. */
function describeFile(file: number | string): BigIntStats | undefined {
  try {
    return typeof file === "number" ? fstatSync(file, { bigint: true }) : statSync(file, { bigint: true });
  } catch {
    return undefined;
  }
}
