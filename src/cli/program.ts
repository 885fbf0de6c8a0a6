/** The command that starts the program. From source this is Bun with the path of the program. */
export function findProgram(): readonly string[] {
  return Bun.isStandaloneExecutable ? [process.execPath] : [process.execPath, Bun.main];
}
