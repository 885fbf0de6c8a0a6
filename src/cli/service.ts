/** `ollama-proxy service`: manages the background service with the service manager of the system. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { findConfigPath } from "../config/load.ts";
import { planLaunchd } from "../service/launchd.ts";
import type { Plans, ServiceAction, Step } from "../service/plan.ts";
import { planSystemd } from "../service/systemd.ts";
import { planWindows, WINDOWS_SERVICES } from "../service/windows.ts";
import type { Options } from "./args.ts";
import { findProgram } from "./program.ts";
import { messageOf, print } from "./console.ts";
import { EXIT } from "./exit-code.ts";
import { readOutput } from "./processes.ts";

/** Throws an error with the step that failed. The steps before it are done, and running them again is harmless. */
export function service({ argument, flags }: Options): number {
  const dryRun = flags["dry-run"] !== undefined;
  const action = ACTIONS.find((name) => name === argument);
  const isChange = action === "install" || action === "uninstall";
  const plan = action === undefined ? undefined : PLANNERS[process.platform]?.(isChange)[action];
  if (plan === undefined)
    throw new Error(`Cannot manage a service on ${process.platform}: expected Linux, macOS or Windows`);
  if (!dryRun && process.platform === "linux" && Bun.which("systemctl") === null)
    throw new Error(
      `Cannot manage a service without systemd; configure your service manager to run "${findProgram().join(" ")} serve"`,
    );
  for (const step of plan.steps) {
    if (dryRun || isChange) print(describe(step));
    if (dryRun) continue;
    if (isChange) execute(step);
    // The command has printed its own error.
    else if (step.type === "run" && startCommand(step.command) !== 0) return EXIT.failure;
  }
  if (!dryRun && plan.done !== "") print(plan.done);
  return EXIT.ok;
}

const ACTIONS = ["install", "uninstall", "status", "logs"] as const satisfies readonly ServiceAction[];

const PLANNERS: { readonly [platform in NodeJS.Platform]?: (isChange: boolean) => Plans } = {
  linux: () => {
    const isRoot = readOutput("id", "-u")?.trim() === "0";
    return planSystemd({
      program: findProgram(),
      isRoot,
      user: (isRoot ? process.env["SUDO_USER"] : undefined) ?? readOutput("id", "-un")?.trim() ?? "",
      configHome: process.env["XDG_CONFIG_HOME"] || `${homedir()}/.config`,
    });
  },
  darwin: () => {
    const userId = process.getuid?.() ?? 0;
    if (userId === 0)
      throw new Error("Cannot manage a launchd agent as root; run the command again without sudo");
    return planLaunchd({ program: findProgram(), home: homedir(), userId });
  },
  win32: (isChange) => {
    const isAdministrator = isElevated();
    const isService = WINDOWS_SERVICES.some(hasService);
    if (isChange && isService && !isAdministrator)
      throw new Error(
        "Cannot change the Windows service without administrator rights; run the command again as administrator",
      );
    const environment = process.env;
    return planWindows({
      executable: process.execPath,
      kind: (isChange ? isAdministrator && Bun.which("nssm") !== null : isService) ? "service" : "task",
      user: `${environment["USERDOMAIN"] ?? "."}\\${environment["USERNAME"] ?? ""}`,
      home: environment["USERPROFILE"] ?? "",
      config: resolve(findConfigPath(undefined, environment)),
      programFiles: environment["ProgramFiles"] ?? "C:\\Program Files",
      programData: environment["ProgramData"] ?? "C:\\ProgramData",
      localAppData: environment["LOCALAPPDATA"] ?? `${environment["USERPROFILE"] ?? ""}\\AppData\\Local`,
      processId: process.pid,
    });
  },
};

/** Whether this process has the high or the system integrity level. */
function isElevated(): boolean {
  return /S-1-16-(?:12288|16384)/.test(readOutput("whoami.exe", "/groups", "/fo", "csv", "/nh") ?? "");
}

function hasService(name: string): boolean {
  return readOutput("sc.exe", "query", name) !== undefined;
}

function execute(step: Step): void {
  switch (step.type) {
    case "write":
      mkdirSync(dirname(step.path), { recursive: true });
      // Windows recognizes UTF-16 by its byte order mark.
      if (step.encoding === "utf16le") writeFileSync(step.path, `\uFEFF${step.text}`, "utf16le");
      else writeFileSync(step.path, step.text);
      return;
    case "copy":
      mkdirSync(dirname(step.to), { recursive: true });
      retryOnWindows(() => copyFileSync(step.from, step.to));
      return;
    case "remove":
      retryOnWindows(() => rmSync(step.path, { force: true }));
      return;
    case "run":
      runCommand(step.command);
      return;
    case "try":
      readOutput(...step.command);
  }
}

/** Windows locks the file of a program for a moment after the program has ended. */
function retryOnWindows(change: () => void): void {
  for (let tries = 10; ; tries--) {
    try {
      change();
      return;
    } catch (error) {
      if (tries === 1 || process.platform !== "win32") throw error;
      Bun.sleepSync(200);
    }
  }
}

function runCommand(command: readonly string[]): void {
  const exitCode = startCommand(command);
  if (exitCode !== 0)
    throw new Error(`Cannot continue: "${command.join(" ")}" failed with exit code ${exitCode}`);
}

function startCommand(command: readonly string[]): number {
  try {
    return Bun.spawnSync([...command], { stdin: "ignore", stdout: "inherit", stderr: "inherit" }).exitCode;
  } catch (error) {
    throw new Error(`Cannot start "${command[0]}": ${messageOf(error)}`, { cause: error });
  }
}

function describe(step: Step): string {
  if (step.type === "copy") return `copy ${quote(step.from)} to ${quote(step.to)}`;
  if (step.type === "write" || step.type === "remove") return `${step.type} ${quote(step.path)}`;
  return `run ${step.command.map(quote).join(" ")}`;
}

function quote(word: string): string {
  return /^[\w./:=@\\,*-]+$/.test(word) ? word : `"${word}"`;
}
