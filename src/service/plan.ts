/** The steps of a service command, as data, so that `--dry-run` can show them. The modules of this folder return them. */

export type ServiceAction = "install" | "uninstall" | "status" | "logs";

export type Step =
  /** Creates missing parent folders. */
  | { readonly type: "write"; readonly path: string; readonly text: string; readonly encoding?: "utf16le" }
  | { readonly type: "copy"; readonly from: string; readonly to: string }
  /** Does nothing when the file does not exist. */
  | { readonly type: "remove"; readonly path: string }
  | { readonly type: "run"; readonly command: readonly string[] }
  /** A failure is ignored: it means that there was nothing to do. */
  | { readonly type: "try"; readonly command: readonly string[] };

export interface Plan {
  readonly steps: readonly Step[];
  /** The message after the last step; empty: none. */
  readonly done: string;
}

export type Plans = { readonly [action in ServiceAction]: Plan };

export function run(...command: readonly string[]): Step {
  return { type: "run", command };
}

export function tryRun(...command: readonly string[]): Step {
  return { type: "try", command };
}
