/** The output on a terminal. Standard output or standard error may be redirected. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { BRIEF_RUN, EXECUTABLE } from "../support/executable.ts";
import { Home } from "../support/program.ts";

const isUnix = process.platform !== "win32";
let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

/** The terminal's content until a line matches. The program is then stopped. */
async function watch(
  redirection: string,
  until: RegExp,
  environment: { readonly [name: string]: string } = {},
): Promise<string> {
  let screen = "";
  const shown = Promise.withResolvers<void>();
  const child = Bun.spawn(["/bin/sh", "-c", `exec '${EXECUTABLE}' serve --port 0 ${redirection}`], {
    cwd: home.directory,
    env: { ...BRIEF_RUN, PATH: process.env["PATH"] ?? "", HOME: home.directory, ...environment },
    terminal: {
      data: (_terminal, bytes) => {
        screen += new TextDecoder().decode(bytes).replaceAll("\r\n", "\n");
        if (until.test(screen)) shown.resolve();
      },
    },
  });
  await Promise.race([shown.promise, child.exited]);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  return screen;
}

test.if(isUnix)(
  "on a terminal the program prints its address and the next step, without log lines",
  async () => {
    const screen = await watch("", /Press Ctrl-C/);
    expect(screen).toStartWith(`ollama-proxy ${pkg.version} is running\n\n  Address    http://127.0.0.1:`);
    expect(screen).toContain(`\n  Config     ${home.config}\n  Providers  none configured\n`);
    expect(screen).toContain("Until then, only the test model [demo]-echo\nis available.\n");
    expect(screen).not.toContain("Listening");
  },
);

test.if(isUnix)("the log has the address when standard output is redirected", async () => {
  const screen = await watch(">/dev/null", /Listening.*\n/, { NO_COLOR: "1" });
  expect(screen).toMatch(
    /^2[\d:. -]+ info {2}Wrote a sample configuration; .*\n2[\d:. -]+ info {2}Listening version=/,
  );
  expect(screen).not.toContain("Press Ctrl-C");
});

test.if(isUnix)("a log on a terminal has local time", async () => {
  const hours: number[] = [];
  for (const TZ of ["UTC", "Etc/GMT-12"]) {
    const screen = await watch(">/dev/null", /Listening.*\n/, { TZ, NO_COLOR: "1" });
    const [time = ""] = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}/.exec(screen) ?? [];
    hours.push(Date.parse(`${time.replace(" ", "T")}Z`) / 3_600_000);
  }
  const [utc = 0, east = 0] = hours;
  expect(Math.round(east - utc)).toBe(12);
});

test.if(isUnix).each([
  [{ TERM: "xterm-256color" }, true],
  [{ TERM: "xterm-256color", NO_COLOR: "1" }, false],
  [{ TERM: "dumb" }, false],
])("with %j the log on a terminal is coloured: %p", async (environment, isColored) => {
  const screen = await watch(">/dev/null", /Listening.*\n/, environment);
  expect(screen.includes("\u001b[")).toBe(isColored);
});

test.if(isUnix)("a log in a file has the address too", async () => {
  expect(await watch("2>log", /Press Ctrl-C/)).toContain("is running");
  const log = readFileSync(join(home.directory, "log"), "utf8");
  expect(log).toContain('"message":"Listening"');
  expect(log).not.toContain("\u001b");
});
