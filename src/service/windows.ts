/**
 * Windows: a service if the user is an administrator and NSSM is installed, otherwise a scheduled task that starts at logon.
 *
 * Both run a copy of the program: Windows cannot replace a running program, and Scoop rejects an update of one.
 */
import { tryRun, type Plan, type Plans, run, type Step } from "./plan.ts";

export interface WindowsMachine {
  readonly executable: string;
  readonly kind: "service" | "task";
  /** `DOMAIN\name`. */
  readonly user: string;
  readonly home: string;
  readonly config: string;
  readonly programFiles: string;
  readonly programData: string;
  readonly localAppData: string;
  /** The id of this process, which must not be ended. */
  readonly processId: number;
}

const NAME = "ollama-proxy";
/** The service of version 32 and earlier, which may still use the port. */
const FORMER_NAME = "OllamaProxy";
/** Only an administrator can change a service. */
export const WINDOWS_SERVICES: readonly string[] = [NAME, FORMER_NAME];
/** LocalService, an account with few rights. Its SID is the same in every language of Windows. */
const LOCAL_SERVICE = "*S-1-5-19";
const REQUESTS = "BUN_CONFIG_MAX_HTTP_REQUESTS=65535";

export function planWindows(machine: WindowsMachine): Plans {
  return machine.kind === "service" ? planService(machine) : planTask(machine);
}

function planService(machine: WindowsMachine): Plans {
  const copy = `${machine.programFiles}\\${NAME}\\${NAME}.exe`;
  const folder = `${machine.programData}\\${NAME}`;
  const log = `${folder}\\${NAME}.log`;
  const environment = [`OLLAMA_PROXY_CONFIG=${machine.config}`, `USERPROFILE=${machine.home}`, REQUESTS];
  const settings: readonly (readonly string[])[] = [
    ["Application", copy],
    ["AppParameters", "serve"],
    ["AppDirectory", folder],
    ["AppEnvironmentExtra", ...environment],
    ["DisplayName", "Ollama Proxy"],
    ["Description", "A local Ollama server that forwards requests to remote providers"],
    ["Start", "SERVICE_DELAYED_AUTO_START"],
    // NSSM 2.24 fails without it on Windows 10 and later.
    ["AppNoConsole", "1"],
    ["AppStdout", log],
    ["AppStderr", log],
    ["AppRotateFiles", "1"],
    ["AppRotateBytes", "1048576"],
    ["AppRestartDelay", "10000"],
    ["AppExit", "Default", "Restart"],
    ["AppExit", "0", "Exit"],
    // Exit code 78 means an invalid configuration: a restart would fail again.
    ["AppExit", "78", "Exit"],
  ];
  return {
    install: {
      steps: [
        ...endAll(machine),
        tryRun("schtasks.exe", "/Delete", "/TN", NAME, "/F"),
        ...copyProgram(machine.executable, copy),
        { type: "write", path: log, text: "" },
        tryRun("nssm", "install", NAME, copy),
        ...settings.map((setting) => run("nssm", "set", NAME, ...setting)),
        run("sc.exe", "config", NAME, "obj=", "NT AUTHORITY\\LocalService", "password=", ""),
        run("icacls", folder, "/grant", `${LOCAL_SERVICE}:(OI)(CI)M`),
        // `init` writes the sample if there is no configuration. The account gets access to this file of the user.
        tryRun(machine.executable, "init", "--config", machine.config),
        run("icacls", machine.config, "/grant", `${LOCAL_SERVICE}:R`),
        run("nssm", "start", NAME),
      ],
      done: `The Windows service "${NAME}" is running. Its configuration is ${machine.config}. Its log is ${log}`,
    },
    uninstall: planUninstall(machine, [copy]),
    status: { steps: [run("sc.exe", "query", NAME)], done: "" },
    logs: { steps: [run("cmd.exe", "/d", "/c", "type", log)], done: "" },
  };
}

function planTask(machine: WindowsMachine): Plans {
  const folder = `${machine.localAppData}\\Programs\\${NAME}`;
  const copy = `${folder}\\${NAME}.exe`;
  const log = `${folder}\\${NAME}.log`;
  const definition = `${folder}\\task.xml`;
  return {
    install: {
      steps: [
        ...endAll(machine),
        ...copyProgram(machine.executable, copy),
        {
          type: "write",
          path: definition,
          text: describeTask(machine.user, copy, log),
          encoding: "utf16le",
        },
        run("schtasks.exe", "/Create", "/TN", NAME, "/XML", definition, "/F"),
        run("schtasks.exe", "/Run", "/TN", NAME),
      ],
      done: `The scheduled task "${NAME}" is running. It starts at logon. Its log is ${log}`,
    },
    uninstall: planUninstall(machine, [copy, definition]),
    status: { steps: [run("schtasks.exe", "/Query", "/TN", NAME)], done: "" },
    logs: { steps: [run("cmd.exe", "/d", "/c", "type", log)], done: "" },
  };
}

/** Removes the service and the task, whichever exists. */
function planUninstall(machine: WindowsMachine, files: readonly string[]): Plan {
  return {
    steps: [
      ...endAll(machine),
      tryRun("schtasks.exe", "/Delete", "/TN", NAME, "/F"),
      tryRun("sc.exe", "delete", NAME),
      ...files.map((path) => ({ type: "remove", path }) as const),
    ],
    done: `The background service was removed; ${machine.config} was kept`,
  };
}

/** Ends all running copies, because they use the port and lock the file that is to be replaced. */
function endAll({ processId }: WindowsMachine): Plan["steps"] {
  const others = ["/FI", `IMAGENAME eq ${NAME}.exe`, "/FI", `PID ne ${processId}`];
  return [
    tryRun("schtasks.exe", "/End", "/TN", NAME),
    tryRun("sc.exe", "stop", NAME),
    tryRun("sc.exe", "stop", FORMER_NAME),
    tryRun("sc.exe", "delete", FORMER_NAME),
    tryRun("taskkill.exe", "/F", ...others),
  ];
}

/** No steps when the running program is the copy itself. */
function copyProgram(from: string, to: string): readonly Step[] {
  return from.toLowerCase() === to.toLowerCase() ? [] : [{ type: "copy", from, to }];
}

/**
 * `conhost --headless` shows no window, and `cmd` writes the log of the last start. A trigger without a user applies to every user and
 * needs administrator rights. The settings remove the default limits, which end a task after three days or on battery.
 */
function describeTask(user: string, executable: string, log: string): string {
  const command = `--headless cmd.exe /d /c "set ${REQUESTS}&& "${executable}" serve 2> "${log}""`;
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers>
    <LogonTrigger>
      <UserId>${Bun.escapeHTML(user)}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${Bun.escapeHTML(user)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>10</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>conhost.exe</Command>
      <Arguments>${Bun.escapeHTML(command)}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}
