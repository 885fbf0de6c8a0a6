/** Runs other programs of the system. */

/** The output of a command; undefined when it fails or does not exist. */
export function readOutput(...command: readonly string[]): string | undefined {
  try {
    const { exitCode, stdout } = Bun.spawnSync([...command], { stdin: "ignore", stderr: "ignore" });
    return exitCode === 0 ? stdout.toString() : undefined;
  } catch {
    return undefined;
  }
}
