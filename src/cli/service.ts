/** `ollama-proxy service`: has the program run in the background, by whatever does that on this machine. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { findConfigPath } from "../config/load.ts";
import { planLaunchd } from "../service/launchd.ts";
import type { Plans, Step } from "../service/plan.ts";
import { planSystemd } from "../service/systemd.ts";
import { planWindows, WINDOWS_SERVICES } from "../service/windows.ts";
import type { Options } from "./args.ts";
import { messageOf, say } from "./console.ts";
import { EXIT } from "./exit-code.ts";

/** Throws with the step that failed; those before it have been taken, and taking them again does no harm. */
export function service({ action, dryRun }: Options): number {
  const isChange = action === "install" || action === "uninstall";
  const plan = action === undefined ? undefined : PLANNERS[process.platform]?.(isChange)[action];
  if (plan === undefined)
    throw new Error(`Cannot manage a service on ${process.platform}: expected Linux, macOS or Windows`);
  if (!dryRun && process.platform === "linux" && Bun.which("systemctl") === null)
    throw new Error(
      `Cannot manage a service without systemd; configure your service manager to run "${findProgram().join(" ")} serve"`,
    );
  for (const step of plan.steps) {
    if (dryRun || isChange) say(describe(step));
    if (dryRun) continue;
    if (isChange) take(step);
    // It has said itself what is wrong, if anything is.
    else if (step.type === "run" && start(step.command) !== 0) return EXIT.failure;
  }
  if (!dryRun && plan.done !== "") say(plan.done);
  return EXIT.ok;
}

const PLANNERS: { readonly [platform in NodeJS.Platform]?: (isChange: boolean) => Plans } = {
  linux: () => {
    const isRoot = ask("id", "-u")?.trim() === "0";
    return planSystemd({
      program: findProgram(),
      isRoot,
      user: (isRoot ? process.env["SUDO_USER"] : undefined) ?? ask("id", "-un")?.trim() ?? "",
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

/** From source, Bun is what starts, and the path of the program its first argument. */
function findProgram(): readonly string[] {
  return Bun.isStandaloneExecutable ? [process.execPath] : [process.execPath, Bun.main];
}

/** Whether this process has the high or the system integrity level. */
function isElevated(): boolean {
  return /S-1-16-(?:12288|16384)/.test(ask("whoami.exe", "/groups", "/fo", "csv", "/nh") ?? "");
}

function hasService(name: string): boolean {
  return ask("sc.exe", "query", name) !== undefined;
}

/** What the command prints; undefined when it fails, or is not there. */
function ask(...command: readonly string[]): string | undefined {
  try {
    const { exitCode, stdout } = Bun.spawnSync([...command], { stderr: "ignore" });
    return exitCode === 0 ? stdout.toString() : undefined;
  } catch {
    return undefined;
  }
}

function take(step: Step): void {
  switch (step.type) {
    case "write":
      mkdirSync(dirname(step.path), { recursive: true });
      // Windows tells UTF-16 by the mark at its start.
      if (step.encoding === "utf16le") writeFileSync(step.path, `\uFEFF${step.text}`, "utf16le");
      else writeFileSync(step.path, step.text);
      return;
    case "copy":
      mkdirSync(dirname(step.to), { recursive: true });
      insist(() => copyFileSync(step.from, step.to));
      return;
    case "remove":
      insist(() => rmSync(step.path, { force: true }));
      return;
    case "run":
      runCommand(step.command);
      return;
    case "try":
      ask(...step.command);
  }
}

/** Windows keeps the file of a program for a moment after its end. */
function insist(change: () => void): void {
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
  const exitCode = start(command);
  if (exitCode !== 0)
    throw new Error(`Cannot continue: "${command.join(" ")}" failed with exit code ${exitCode}`);
}

function start(command: readonly string[]): number {
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
