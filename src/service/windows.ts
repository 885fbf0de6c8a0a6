/**
 * Windows: for an administrator who has NSSM a service, for everyone else a task that starts when they log on.
 *
 * Both run a copy of the program, because a program that runs cannot be replaced, and Scoop refuses to update one that does.
 */
import { attempt, type Plan, type Plans, run, type Step } from "./plan.ts";

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
  /** Of this very process, which is not to be ended. */
  readonly processId: number;
}

const NAME = "ollama-proxy";
/** What version 32 and before called their service, which may still have the port. */
const FORMER_NAME = "OllamaProxy";
/** A service takes an administrator to change. */
export const WINDOWS_SERVICES: readonly string[] = [NAME, FORMER_NAME];
/** LocalService: an account that may do nearly nothing, named so in every language of Windows. */
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
    // Without it NSSM 2.24 fails on Windows 10 and later.
    ["AppNoConsole", "1"],
    ["AppStdout", log],
    ["AppStderr", log],
    ["AppRotateFiles", "1"],
    ["AppRotateBytes", "1048576"],
    ["AppRestartDelay", "10000"],
    ["AppExit", "Default", "Restart"],
    ["AppExit", "0", "Exit"],
    // A wrong configuration stays wrong until someone mends it.
    ["AppExit", "78", "Exit"],
  ];
  return {
    install: {
      steps: [
        ...endAll(machine),
        attempt("schtasks.exe", "/Delete", "/TN", NAME, "/F"),
        ...place(machine.executable, copy),
        { type: "write", path: log, text: "" },
        attempt("nssm", "install", NAME, copy),
        ...settings.map((setting) => run("nssm", "set", NAME, ...setting)),
        run("sc.exe", "config", NAME, "obj=", "NT AUTHORITY\\LocalService", "password=", ""),
        run("icacls", folder, "/grant", `${LOCAL_SERVICE}:(OI)(CI)M`),
        // Writes the sample where there is no configuration yet; that account may read this one file of yours.
        attempt(machine.executable, "init", "--config", machine.config),
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
        ...place(machine.executable, copy),
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

/** Takes away both kinds, whichever there is. */
function planUninstall(machine: WindowsMachine, files: readonly string[]): Plan {
  return {
    steps: [
      ...endAll(machine),
      attempt("schtasks.exe", "/Delete", "/TN", NAME, "/F"),
      attempt("sc.exe", "delete", NAME),
      ...files.map((path) => ({ type: "remove", path }) as const),
    ],
    done: `The background service was removed; ${machine.config} was kept`,
  };
}

/** Whatever still runs has the port, and the file that is to be replaced. */
function endAll({ processId }: WindowsMachine): Plan["steps"] {
  const others = ["/FI", `IMAGENAME eq ${NAME}.exe`, "/FI", `PID ne ${processId}`];
  return [
    attempt("schtasks.exe", "/End", "/TN", NAME),
    attempt("sc.exe", "stop", NAME),
    attempt("sc.exe", "stop", FORMER_NAME),
    attempt("sc.exe", "delete", FORMER_NAME),
    attempt("taskkill.exe", "/F", ...others),
  ];
}

/** Empty when the copy itself is what runs. */
function place(from: string, to: string): readonly Step[] {
  return from.toLowerCase() === to.toLowerCase() ? [] : [{ type: "copy", from, to }];
}

/**
 * `conhost --headless` shows no window; `cmd` keeps the log of the last start. A trigger without a user would be one for everybody,
 * which takes an administrator, and the limits that a task has unless told otherwise end it after three days or on battery.
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
