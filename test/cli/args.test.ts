import { expect, test } from "bun:test";
import { parseCommandLine, renderHelp, UsageError } from "../../src/cli/args.ts";
import { COMMANDS } from "../../src/cli/commands.ts";

const COMMAND_NAMES = Object.keys(COMMANDS).join(", ");
const NOTHING = {
  config: undefined,
  host: undefined,
  port: undefined,
  logLevel: undefined,
  argument: undefined,
  flags: {},
};

test.each([
  ["", { type: "run", command: "serve", options: NOTHING }],
  ["serve", { type: "run", command: "serve", options: NOTHING }],
  ["--port 0", { type: "run", command: "serve", options: { ...NOTHING, port: 0 } }],
  ["--port=65535 serve", { type: "run", command: "serve", options: { ...NOTHING, port: 65_535 } }],
  [
    "serve --host ::1 --log-level DEBUG",
    { type: "run", command: "serve", options: { ...NOTHING, host: "::1", logLevel: "debug" } },
  ],
  ["--config a=b.yaml check", { type: "run", command: "check", options: { ...NOTHING, config: "a=b.yaml" } }],
  [
    "models --config=a=b.yaml",
    { type: "run", command: "models", options: { ...NOTHING, config: "a=b.yaml" } },
  ],
  ["service install", { type: "run", command: "service", options: { ...NOTHING, argument: "install" } }],
  [
    "service --dry-run logs",
    { type: "run", command: "service", options: { ...NOTHING, argument: "logs", flags: { "dry-run": "" } } },
  ],
  ["--version", { type: "version" }],
  ["-v", { type: "version" }],
  ["serve -v", { type: "version" }],
  ["-h", { type: "help", command: undefined }],
  ["--port 1 --help", { type: "help", command: undefined }],
  ["init --help", { type: "help", command: "init" }],
])("%j is parsed", (line, expected) => {
  const parsed: unknown = parseCommandLine(line.split(" ").filter(Boolean));
  expect(parsed).toEqual(expected);
});

test.each([
  ["serv", 'Unknown command "serv", did you mean `serve`?'],
  ["start", `Unknown command "start", expected one of ${COMMAND_NAMES}`],
  ["toString", `Unknown command "toString", expected one of ${COMMAND_NAMES}`],
  ["service", 'Missing action after "service", expected one of install, uninstall, status, logs'],
  ["service instal", 'Unknown action "instal" after "service", did you mean `install`?'],
  ["service status now", 'Unexpected argument "now" after "service"'],
  [
    "service status --port 1",
    'Unknown flag "--port" for "service", expected one of --dry-run, --help, --version',
  ],
  ["service status --dry-run=yes", "Unexpected value after --dry-run"],
  [
    "serve --dry-run",
    'Unknown flag "--dry-run" for "serve", expected one of --config, --host, --port, --log-level, --help, --version',
  ],
  ["check it", 'Unexpected argument "it" after "check"'],
  ["--prot 1", 'Unknown flag "--prot", did you mean `--port`?'],
  ["-port 1", 'Unknown flag "-port", did you mean `--port`?'],
  ["--confg=a", 'Unknown flag "--confg", did you mean `--config`?'],
  ["--no-config", 'Unknown flag "--no-config", did you mean `--config`?'],
  ["-x", 'Unknown flag "-x", expected one of --config, --host, --port, --log-level, --help, --version'],
  ["--", 'Unknown flag "--", expected one of --config, --host, --port, --log-level, --help, --version'],
  ["check --port 1", 'Unknown flag "--port" for "check", expected one of --config, --help, --version'],
  ["--port", "Missing value after --port"],
  ["--config --port 1", "Missing value after --config"],
  ["--config=", "Missing value after --config"],
  ["--port 65536", '--port must be a number between 0 and 65535, got "65536"'],
  ["--port -1", '--port must be a number between 0 and 65535, got "-1"'],
  ["--port=1e3", '--port must be a number between 0 and 65535, got "1e3"'],
  ["--log-level loud", '--log-level must be one of error, warn, info, debug, trace, got "loud"'],
])("%j is rejected", (line, message) => {
  expect(() => parseCommandLine(line.split(" "))).toThrow(new UsageError(message));
});

test("the help of the program lists every command, and the help of a command only its flags", async () => {
  const program = await renderHelp(undefined);
  for (const word of ["serve", "check", "init", "models", "--log-level", "--version"])
    expect(program).toContain(word);
  const command = await renderHelp("check");
  expect(command).toContain("--config=<FILE>");
  expect(command).not.toContain("--port");
  expect(program + command).toBe(Bun.stripANSI(program + command));
});
