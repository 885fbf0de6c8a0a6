/** The steps of the service commands in environments that tests cannot run: other users and other systems. */
import { expect, test } from "bun:test";
import { planLaunchd } from "../../src/service/launchd.ts";
import type { Plan } from "../../src/service/plan.ts";
import { planSystemd } from "../../src/service/systemd.ts";
import { planWindows } from "../../src/service/windows.ts";

function commandsOf(plan: Plan): readonly string[] {
  return plan.steps.flatMap((step) =>
    step.type === "run" || step.type === "try" ? [step.command.join(" ")] : [],
  );
}

function writtenBy(plan: Plan, ending: string): string {
  const step = plan.steps.find((each) => each.type === "write" && each.path.endsWith(ending));
  return step?.type === "write" ? step.text : "";
}

const LINUX = { program: ["/opt/o"], isRoot: true, user: "alice", configHome: "/home/alice/.config" };
const MAC = { program: ["/Applications/R&D/ollama-proxy"], home: "/Users/a", userId: 501 };
const WINDOWS = {
  executable: "C:\\Users\\a\\Downloads\\ollama-proxy.exe",
  kind: "task",
  user: "PC\\R&D",
  home: "C:\\Users\\a",
  config: "C:\\Users\\a\\ollama-proxy.yaml",
  programFiles: "C:\\Program Files",
  programData: "C:\\ProgramData",
  localAppData: "C:\\Users\\a\\AppData\\Local",
  processId: 7,
} as const;

test("on Linux root installs the template unit for one user, and removes only the service of that user", () => {
  const plans = planSystemd(LINUX);
  expect(plans.install.steps[0]).toMatchObject({
    type: "write",
    path: "/etc/systemd/system/ollama-proxy@.service",
  });
  expect(writtenBy(plans.install, ".service")).toContain("\nExecStart=/opt/o serve\n");
  expect(commandsOf(plans.install)).toEqual([
    "systemctl daemon-reload",
    "systemctl enable ollama-proxy@alice",
    "systemctl restart ollama-proxy@alice",
  ]);
  expect(plans.uninstall.steps.map((step) => step.type)).toEqual(["try", "run"]);
});

test("the unit of a package is neither written nor removed", () => {
  const { install, uninstall } = planSystemd({ ...LINUX, program: ["/usr/bin/ollama-proxy"], isRoot: false });
  expect(install.steps.every((step) => step.type === "run")).toBe(true);
  expect(uninstall.steps.some((step) => step.type === "remove")).toBe(false);
});

test.each([
  [["/my tools/o"], '"/my tools/o" serve'],
  [["/a%b$c/o", "main.ts"], "/a%%b$$c/o main.ts serve"],
])("systemd starts %j as written", (program, command) => {
  const { install } = planSystemd({ ...LINUX, program });
  expect(writtenBy(install, ".service")).toContain(`\nExecStart=${command}\n`);
});

test("on macOS an existing agent is replaced", () => {
  const { install, uninstall } = planLaunchd(MAC);
  const path = "/Users/a/Library/LaunchAgents/ollama-proxy.plist";
  expect(commandsOf(install)).toEqual([
    "launchctl bootout gui/501/ollama-proxy",
    `launchctl bootstrap gui/501 ${path}`,
  ]);
  const plist = writtenBy(install, path);
  expect(plist).toContain("<string>/Applications/R&amp;D/ollama-proxy</string>\n    <string>serve</string>");
  expect(uninstall.steps).toContainEqual({ type: "remove", path });
});

test("on Windows every user can install a task, which ends neither after a time nor on battery", () => {
  const { install } = planWindows(WINDOWS);
  const copy = "C:\\Users\\a\\AppData\\Local\\Programs\\ollama-proxy\\ollama-proxy.exe";
  expect(install.steps).toContainEqual({ type: "copy", from: WINDOWS.executable, to: copy });
  const task = writtenBy(install, "task.xml");
  expect(task.match(/<UserId>PC\\R&amp;D<\/UserId>/g)).toHaveLength(2);
  expect(task).toContain("<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>");
  expect(task).toContain("<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>");
  expect(task).toContain(`&amp;&amp; &quot;${copy}&quot; serve 2&gt;`);
  expect(commandsOf(install)).toEqual([
    "schtasks.exe /End /TN ollama-proxy",
    "sc.exe stop ollama-proxy",
    "sc.exe stop OllamaProxy",
    "sc.exe delete OllamaProxy",
    "taskkill.exe /F /FI IMAGENAME eq ollama-proxy.exe /FI PID ne 7",
    `schtasks.exe /Create /TN ollama-proxy /XML ${copy.replace("ollama-proxy.exe", "task.xml")} /F`,
    "schtasks.exe /Run /TN ollama-proxy",
  ]);
});

test("on Windows the service has few rights, uses the user's configuration, and is not restarted when it is invalid", () => {
  const { install, uninstall } = planWindows({ ...WINDOWS, kind: "service" });
  const commands = commandsOf(install);
  expect(commands).toContain(
    "nssm set ollama-proxy AppEnvironmentExtra OLLAMA_PROXY_CONFIG=C:\\Users\\a\\ollama-proxy.yaml USERPROFILE=C:\\Users\\a BUN_CONFIG_MAX_HTTP_REQUESTS=65535",
  );
  expect(commands).toContain("nssm set ollama-proxy AppExit 78 Exit");
  expect(commands).toContain("sc.exe config ollama-proxy obj= NT AUTHORITY\\LocalService password= ");
  expect(commands).toContain("icacls C:\\Users\\a\\ollama-proxy.yaml /grant *S-1-5-19:R");
  expect(commands.at(-1)).toBe("nssm start ollama-proxy");
  expect(commands).toContain("schtasks.exe /Delete /TN ollama-proxy /F");
  expect(commandsOf(uninstall)).toContain("sc.exe delete ollama-proxy");
});

test("a running copy is not copied onto itself", () => {
  const executable = "c:\\program files\\Ollama-Proxy\\ollama-proxy.exe";
  const { install } = planWindows({ ...WINDOWS, kind: "service", executable });
  expect(install.steps.some((step) => step.type === "copy")).toBe(false);
});

test("uninstalling keeps the configuration", () => {
  for (const plans of [planSystemd(LINUX), planLaunchd(MAC), planWindows(WINDOWS)]) {
    expect(JSON.stringify(plans.uninstall.steps)).not.toContain("yaml");
    expect(plans.uninstall.done).toMatch(/yaml was kept/);
  }
});
