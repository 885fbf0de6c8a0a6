/** How a user sets an environment variable for this process. Service managers do not pass on the variables of a shell. */

interface Environment {
  readonly [name: string]: string | undefined;
}

/** The end of a sentence. */
export function explainSetting(name: string, environment: Environment): string {
  // In quotes, because the log would otherwise mask the dots as a key.
  if (isSystemdService(environment)) {
    const unit =
      environment["MANAGERPID"] === undefined
        ? `sudo systemctl edit ollama-proxy@${environment["USER"] ?? "you"}`
        : "systemctl --user edit ollama-proxy";
    return `a service does not get the variables of your shell: run \`${unit}\`, add the lines [Service] and Environment=${name}="…", and restart the service; or put the key in a file and use \`secret_file\``;
  }
  if (environment["XPC_SERVICE_NAME"] === "ollama-proxy")
    return "a launchd agent does not get the variables of your shell; put the key in a file and use `secret_file`";
  const command = process.platform === "win32" ? `setx ${name} "…"` : `export ${name}="…"`;
  return `set it (${command}) and restart ollama-proxy`;
}

/** systemd sets the variable to the process id since version 248. Programs that a service starts inherit the variable. */
function isSystemdService(environment: Environment): boolean {
  return environment["SYSTEMD_EXEC_PID"] === String(process.pid);
}
