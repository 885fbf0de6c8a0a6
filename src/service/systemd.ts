/** Linux: a system service for root, which runs as the user who called sudo, and a user service for other users. */
import systemUnit from "../../packaging/systemd/ollama-proxy@.service" with { type: "text" };
import userUnit from "../../packaging/systemd/ollama-proxy.service" with { type: "text" };
import { tryRun, type Plan, type Plans, run } from "./plan.ts";

export interface LinuxMachine {
  /** The command that starts the program: a path, and its arguments before `serve`. */
  readonly program: readonly string[];
  readonly isRoot: boolean;
  /** The user that the service runs as. */
  readonly user: string;
  /** The configuration directory of the user, such as `~/.config`. */
  readonly configHome: string;
}

const PACKAGED_PROGRAM = "/usr/bin/ollama-proxy";

export function planSystemd(machine: LinuxMachine): Plans {
  const { isRoot, user } = machine;
  const name = isRoot ? `ollama-proxy@${user}` : "ollama-proxy";
  const systemctl = isRoot ? ["systemctl"] : ["systemctl", "--user"];
  const journalctl = isRoot ? ["journalctl", "--unit"] : ["journalctl", "--user-unit"];
  const start = isRoot
    ? "It starts at every boot"
    : "It starts at login. To start it at boot, run: loginctl enable-linger";
  return {
    install: {
      steps: [
        ...writeUnit(machine),
        run(...systemctl, "daemon-reload"),
        run(...systemctl, "enable", name),
        // Not `enable --now`, because that does not restart a running service with the new version and unit.
        run(...systemctl, "restart", name),
      ],
      done: `The service "${name}" is running. ${start}`,
    },
    uninstall: planUninstall(machine, name, systemctl),
    status: { steps: [run(...systemctl, "status", "--no-pager", name)], done: "" },
    logs: { steps: [run(...journalctl, name, "--no-pager", "--lines", "200")], done: "" },
  };
}

/** Whether a package manager installed the program. It then also owns the unit. */
function isPackaged({ program }: LinuxMachine): boolean {
  return program.length === 1 && program[0] === PACKAGED_PROGRAM;
}

function unitPath({ isRoot, configHome }: LinuxMachine): string {
  return isRoot
    ? "/etc/systemd/system/ollama-proxy@.service"
    : `${configHome}/systemd/user/ollama-proxy.service`;
}

function writeUnit(machine: LinuxMachine): Plan["steps"] {
  if (isPackaged(machine)) return [];
  const unit = machine.isRoot ? systemUnit : userUnit;
  const text = unit.replace(PACKAGED_PROGRAM, () => machine.program.map((word) => quote(word)).join(" "));
  return [{ type: "write", path: unitPath(machine), text }];
}

function planUninstall(machine: LinuxMachine, name: string, systemctl: readonly string[]): Plan {
  // The template unit is kept, because other users of this machine may use it.
  const isShared = machine.isRoot || isPackaged(machine);
  return {
    steps: [
      tryRun(...systemctl, "disable", "--now", name),
      ...(isShared ? [] : [{ type: "remove", path: unitPath(machine) } as const]),
      run(...systemctl, "daemon-reload"),
    ],
    done: `The service "${name}" was removed; ~/ollama-proxy.yaml was kept`,
  };
}

/** In a unit, `%` and `$` have a meaning, and spaces separate words. */
function quote(word: string): string {
  const escaped = word.replace(/["\\]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /\s/.test(escaped) ? `"${escaped}"` : escaped;
}
