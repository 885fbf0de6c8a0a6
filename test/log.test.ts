import { expect, test } from "bun:test";
import { createLog, type LogFormat, mayColor } from "../src/log.ts";
import type { LogFields, LogLevel } from "../src/runtime.ts";

function write(format: LogFormat, level: LogLevel, message: string, fields?: LogFields): string {
  let text = "";
  const log = createLog({ level: "debug", format, write: (lines) => (text += `${lines}\n`), now: () => 0 });
  log(level, message, fields);
  return text;
}

const TIME = "1970-01-01T00:00:00.000Z";
/** Local time. Tests run in UTC. */
const LOCAL = "1970-01-01 00:00:00.000";

test.each([
  [
    "text",
    "info",
    "Listening",
    { port: 1, ok: true, none: undefined },
    `${LOCAL} info  Listening port=1 ok=true\n`,
  ],
  [
    "text",
    "warn",
    "A",
    { b: "c d", e: 'f"g', h: "i\nj", k: "" },
    `${LOCAL} warn  A b="c d" e="f\\"g" h="i\\nj" k=""\n`,
  ],
  ["text", "error", "A\nB\u001b[1m", { c: 1 }, `${LOCAL} error A c=1\n    B\\u001b[1m\n`],
  [
    "text",
    "error",
    "A\u001b[2J\r\u2028\tB\u0085",
    {},
    `${LOCAL} error A\\u001b[2J\\u000d\\u2028\tB\\u0085\n`,
  ],
  [
    "json",
    "info",
    "A\nB",
    { c: 1, d: undefined },
    `{"time":"${TIME}","level":"info","message":"A\\nB","c":1}\n`,
  ],
  ["journal", "error", "A\nB", { c: 1 }, "<3>A c=1\n<3>    B\n"],
  ["journal", "warn", "A", {}, "<4>A\n"],
  ["journal", "info", "A", {}, "<6>A\n"],
  ["journal", "debug", "A", {}, "<7>A\n"],
  ["text", "trace", "below the level", {}, ""],
] as const)("%s at %s: %j", (...[format, level, message, fields, expected]) => {
  expect(write(format, level, message, fields)).toBe(expected);
});

const FIELDS = { key: "v" };

test("only text logs are coloured, and only if colours are enabled", () => {
  let text = "";
  const add = (lines: string): void => void (text += `${lines}\n`);
  for (const format of ["text", "json", "journal"] as const)
    createLog({ level: "info", format, isColored: true, write: add, now: () => 0 })("warn", "A\nB", FIELDS);
  expect(text.split("\n")).toEqual([
    `\u001b[2m${LOCAL}\u001b[0m \u001b[33mwarn \u001b[0m A \u001b[2mkey=\u001b[0mv`,
    "    B",
    `{"time":"${TIME}","level":"warn","message":"A\\nB","key":"v"}`,
    "<4>A key=v",
    "<4>    B",
    "",
  ]);
});

test.each([
  [{ TERM: "xterm" }, true],
  [{}, true],
  [{ TERM: "dumb" }, false],
  [{ NO_COLOR: "1" }, false],
  [{ NO_COLOR: "0", TERM: "xterm" }, false],
  [{ NO_COLOR: "" }, true],
])("with %j a terminal may be sent colours: %p", (environment, expected) => {
  expect(mayColor(environment)).toBe(expected);
});

test.each([
  ["got sk-abc-DEF_123.", "got sk-***."],
  ["Authorization: Bearer abc.def", "Authorization: Bearer ***"],
  ["https://a/v1?key=abc&x=1", "https://a/v1?key=***&x=1"],
  ["https://a/v1?api_key=abc", "https://a/v1?api_key=***"],
  ["https://me:pass@host/", "https://***@host/"],
  ["task-force and disk-one", "task-force and disk-one"],
])("%j is written as %j", (text, shown) => {
  expect(write("journal", "info", text)).toBe(`<6>${shown}\n`);
  expect(JSON.parse(write("json", "info", "m", { text }))).toMatchObject({ text: shown });
});
