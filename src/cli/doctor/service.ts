/** Examines the background service. */
import { existsSync } from "node:fs";
import { readOutput } from "../processes.ts";
import { failed, type Finding, info, ok, type Section, warning } from "./finding.ts";

const PACKAGED_UNIT = "/usr/lib/systemd/system/ollama-proxy@.service";
const PACKAGED_USER_UNIT = "/usr/lib/systemd/user/ollama-proxy.service";

export function examineService(): Section {
  const findings = EXAMINERS[process.platform]?.() ?? [info("service", "not known on this system")];
  return { title: "Service", findings };
}

const EXAMINERS: { readonly [platform in NodeJS.Platform]?: () => readonly Finding[] } = {
  linux: examineSystemd,
  darwin: () => {
    const output = readOutput("launchctl", "print", `gui/${process.getuid?.() ?? 0}/ollama-proxy`);
    if (output === undefined) return [NOT_INSTALLED];
    const state = /\bstate = (\w+)/.exec(output)?.[1] ?? "unknown";
    return [
      state === "running"
        ? ok("agent", "the launchd agent is running")
        : failed("agent", `the launchd agent is ${state}`, "ollama-proxy service install"),
    ];
  },
  win32: () => {
    const service = readOutput("sc.exe", "query", "ollama-proxy");
    if (service !== undefined)
      return [
        /\bRUNNING\b/.test(service)
          ? ok("service", "the Windows service is running")
          : failed("service", "the Windows service is stopped", "sc.exe start ollama-proxy"),
      ];
    const task = readOutput("schtasks.exe", "/query", "/tn", "ollama-proxy", "/fo", "csv", "/nh");
    return [task === undefined ? NOT_INSTALLED : info("task", task.trim())];
  },
};

const NOT_INSTALLED = info("service", "not installed; to install it, run: ollama-proxy service install");

interface Unit {
  readonly name: string;
  readonly kind: string;
  readonly systemctl: string;
  readonly packaged: string;
  readonly values: ReadonlyMap<string, string>;
}

function examineSystemd(): readonly Finding[] {
  if (Bun.which("systemctl") === null) return [info("service", "this system has no systemd")];
  const system = readUnit({
    name: `ollama-proxy@${process.env["SUDO_USER"] ?? readOutput("id", "-un")?.trim() ?? ""}`,
    kind: "system service",
    systemctl: "systemctl",
    packaged: PACKAGED_UNIT,
  });
  const user = readUnit({
    name: "ollama-proxy",
    kind: "user service",
    systemctl: "systemctl --user",
    packaged: PACKAGED_USER_UNIT,
  });
  const found = [system, user].flatMap((unit) => (unit === undefined ? [] : describeUnit(unit)));
  return found.length === 0 ? [NOT_INSTALLED] : found;
}

/** Undefined when the unit is not installed. */
function readUnit(unit: Omit<Unit, "values">): Unit | undefined {
  const output = readOutput(
    ...unit.systemctl.split(" "),
    "show",
    unit.name,
    "--property=LoadState,ActiveState,UnitFileState,FragmentPath,ExecStart,Result",
  );
  const lines = (output ?? "").split("\n").filter((line) => line.includes("="));
  const values = new Map(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const),
  );
  const isLoaded = values.get("LoadState") === "loaded";
  // A template that a package installs counts only when somebody uses it.
  const isUsed = values.get("ActiveState") !== "inactive" || values.get("UnitFileState") === "enabled";
  return isLoaded && isUsed ? { ...unit, values } : undefined;
}

function describeUnit({ name, kind, systemctl, packaged, values }: Unit): readonly Finding[] {
  const sudo = systemctl === "systemctl" ? "sudo " : "";
  const state = values.get("ActiveState") ?? "";
  const path = values.get("FragmentPath") ?? "";
  const program = /path=(\S+)/.exec(values.get("ExecStart") ?? "")?.[1];
  const findings: Finding[] = [
    state === "active"
      ? ok("service", `the ${kind} ${name} is running`)
      : failed(
          "service",
          `the ${kind} ${name} is ${state} (${values.get("Result") ?? "?"})`,
          `${sudo}${systemctl} restart ${name}; its log: ollama-proxy service logs`,
        ),
  ];
  if (values.get("UnitFileState") === "disabled")
    findings.push(warning("service", "it does not start at boot", `${sudo}${systemctl} enable ${name}`));
  if (path !== "" && path !== packaged && existsSync(packaged))
    findings.push(
      failed(
        "unit",
        `${path} hides the unit of the package, ${packaged}`,
        `${sudo}rm ${path} && ${sudo}${systemctl} daemon-reload && ${sudo}${systemctl} restart ${name}`,
      ),
    );
  if (program !== undefined && !existsSync(program))
    findings.push(failed("unit", `its program ${program} does not exist`, "ollama-proxy service install"));
  return findings;
}
