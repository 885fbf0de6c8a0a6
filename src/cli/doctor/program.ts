/** Examines the program that should listen: who owns the port, and whether it is this program with this configuration. */
import { resolve } from "node:path";
import type { Config } from "../../config/schema.ts";
import { identify } from "../../server/listen.ts";
import { addressOf, readStatus, type Status } from "../running.ts";
import { failed, type Finding, info, ok, type Section, warning } from "./finding.ts";
import { findPortOwner, type PortOwner } from "./port-owner.ts";

export interface ProgramContext {
  readonly configPath: string;
  readonly version: string;
  /** `FILE:LINE` of the port. */
  readonly portPlace: string;
  /** `FILE:LINE` of the key of a provider. */
  readonly placeOf: (provider: string) => string;
}

export async function examineProgram(
  config: Config,
  context: ProgramContext,
): Promise<{ readonly section: Section; readonly status: Status | undefined }> {
  const status = await readStatus(config);
  const owner = config.port === 0 ? undefined : findPortOwner(config.port);
  const findings =
    config.port === 0
      ? [info("port", "`port: 0` selects a free port at every start, so the program cannot be found")]
      : status === undefined
        ? [await describeOther(config, owner, context.portPlace)]
        : [
            ...describeOwn(status, owner, { ...context, url: addressOf(config) }),
            ...describeDisabled(config, status, context),
          ];
  return { section: { title: `Program  ${addressOf(config)}`, findings }, status };
}

async function describeOther(config: Config, owner: PortOwner | undefined, place: string): Promise<Finding> {
  const { port } = config;
  if (owner === undefined)
    return failed(
      "port",
      `no program listens on port ${port}`,
      "ollama-proxy, or: ollama-proxy service install",
    );
  const program = await identify(config.host ?? "127.0.0.1", port);
  if (program === "ollama-proxy")
    return failed(
      "port",
      `ollama-proxy listens on port ${port}, but it does not accept the key of this configuration`,
      "correct `api_keys`, or restart the program",
    );
  if (program === "real-ollama")
    return failed(
      "port",
      `port ${port} belongs to a real Ollama: ${describeOwner(owner)}`,
      `stop it (sudo systemctl stop ollama, or quit its tray icon), or start it on another port with OLLAMA_HOST=127.0.0.1:11435 and run: ollama-proxy add local --url http://127.0.0.1:11435`,
    );
  const stop =
    owner.processId === undefined ? `sudo ss -ltnp 'sport = :${port}'` : stopCommand(owner.processId);
  return failed(
    "port",
    `port ${port} belongs to ${describeOwner(owner)}, which is not this program or an older version`,
    `${stop}, or set another \`port\` in ${place}`,
  );
}

function stopCommand(processId: number): string {
  return process.platform === "win32" ? `taskkill /pid ${processId}` : `kill ${processId}`;
}

function describeOwn(
  { version, program }: Status,
  owner: PortOwner | undefined,
  context: ProgramContext & { readonly url: string },
): readonly Finding[] {
  const restart = "ollama-proxy service install, or stop the program and start it again";
  const findings: Finding[] = [
    ok(
      "port",
      `ollama-proxy ${version} listens at ${context.url}${owner === undefined ? "" : `: ${describeOwner(owner)}`}`,
    ),
  ];
  if (version !== context.version)
    findings.push(
      warning("version", `version ${version} runs, and ${context.version} is installed`, restart),
    );
  if (program === undefined) return findings;
  const isSame = resolve(program.config) === resolve(context.configPath);
  findings.push(
    isSame
      ? ok("configuration", `it reads ${program.config}, since ${program.startedAt}`)
      : failed(
          "configuration",
          `it reads ${program.config}, not ${context.configPath}`,
          `edit ${program.config}, or run: ollama-proxy doctor --config ${program.config}`,
        ),
  );
  return findings;
}

/** Providers that work with the variables of this shell, but not with those of the running program. */
function describeDisabled(
  { providers }: Config,
  { disabled }: Status,
  { placeOf }: ProgramContext,
): readonly Finding[] {
  const usable = new Set(providers.map(({ name }) => name));
  return disabled
    .filter(({ name }) => usable.has(name))
    .map(({ name, reason }) =>
      failed(
        "provider",
        `the running program cannot use "${name}", although this shell can: ${reason}`,
        `do that, or replace \`secret\` by \`secret_file\` in ${placeOf(name)}`,
      ),
    );
}

function describeOwner({ processId, program, user }: PortOwner): string {
  const named = program === undefined ? "a program" : `"${program}"`;
  const process = processId === undefined ? "" : ` (process ${processId})`;
  return `${named}${process}${user === undefined ? "" : ` of ${user}`}`;
}
