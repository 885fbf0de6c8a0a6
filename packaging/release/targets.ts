/** The targets of a release. */

export interface Target {
  /** The end of its file names: `ollama-proxy-33.0.0-linux-x64.tar.gz`. */
  readonly id: string;
  readonly os: "linux" | "windows" | "darwin";
  readonly bun: Bun.Build.CompileTarget;
  /** The npm package with the Bun runtime of the target. The lock file pins its version. */
  readonly runtime: string;
}

/** Older processors need no target of their own, because Bun's runtime selects its code for the processor. */
export const TARGETS = [
  { id: "linux-x64", os: "linux", bun: "bun-linux-x64", runtime: "@oven/bun-linux-x64" },
  { id: "linux-arm64", os: "linux", bun: "bun-linux-arm64", runtime: "@oven/bun-linux-aarch64" },
  { id: "linux-x64-musl", os: "linux", bun: "bun-linux-x64-musl", runtime: "@oven/bun-linux-x64-musl" },
  {
    id: "linux-arm64-musl",
    os: "linux",
    bun: "bun-linux-arm64-musl",
    runtime: "@oven/bun-linux-aarch64-musl",
  },
  { id: "windows-x64", os: "windows", bun: "bun-windows-x64", runtime: "@oven/bun-windows-x64" },
  { id: "windows-arm64", os: "windows", bun: "bun-windows-arm64", runtime: "@oven/bun-windows-aarch64" },
  { id: "macos-x64", os: "darwin", bun: "bun-darwin-x64", runtime: "@oven/bun-darwin-x64" },
  { id: "macos-arm64", os: "darwin", bun: "bun-darwin-arm64", runtime: "@oven/bun-darwin-aarch64" },
] as const satisfies readonly Target[];
