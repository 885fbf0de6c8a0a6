/** macOS: a launchd agent of the user, which starts at login. */
import { tryRun, type Plans, run } from "./plan.ts";

export interface MacMachine {
  /** The command that starts the program: a path, and its arguments before `serve`. */
  readonly program: readonly string[];
  readonly home: string;
  readonly userId: number;
}

const LABEL = "ollama-proxy";

export function planLaunchd({ program, home, userId }: MacMachine): Plans {
  const path = `${home}/Library/LaunchAgents/${LABEL}.plist`;
  const log = `${home}/Library/Logs/ollama-proxy.log`;
  const domain = `gui/${userId}`;
  return {
    install: {
      steps: [
        { type: "write", path, text: describeAgent([...program, "serve"], log) },
        tryRun("launchctl", "bootout", `${domain}/${LABEL}`),
        run("launchctl", "bootstrap", domain, path),
      ],
      done: `The launchd agent "${LABEL}" is running. It starts at login. Its log is ${log}`,
    },
    uninstall: {
      steps: [tryRun("launchctl", "bootout", `${domain}/${LABEL}`), { type: "remove", path }],
      done: `The launchd agent "${LABEL}" was removed; ~/ollama-proxy.yaml was kept`,
    },
    status: { steps: [run("launchctl", "print", `${domain}/${LABEL}`)], done: "" },
    logs: { steps: [run("tail", "-n", "200", log)], done: "" },
  };
}

/** The pause between two starts is long, because launchd cannot distinguish an invalid configuration from a crash. */
function describeAgent(command: readonly string[], log: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${command.map((word) => `    <string>${Bun.escapeHTML(word)}</string>`).join("\n")}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>BUN_CONFIG_MAX_HTTP_REQUESTS</key>
    <string>65535</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>30</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>${Bun.escapeHTML(log)}</string>
  <key>StandardErrorPath</key>
  <string>${Bun.escapeHTML(log)}</string>
</dict>
</plist>
`;
}
