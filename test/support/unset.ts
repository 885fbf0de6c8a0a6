/** The message for a variable that a configuration names and that is not set. */
export function explainUnset(name: string, state: "not set" | "empty" = "not set"): string {
  const command = process.platform === "win32" ? `setx ${name} "…"` : `export ${name}="…"`;
  return `the environment variable ${name} is ${state}; set it (${command}) and restart ollama-proxy`;
}
