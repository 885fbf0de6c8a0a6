/** What the modules beside this one return: steps to take, as data, so that they can be shown as well as taken. */

export type ServiceAction = "install" | "uninstall" | "status" | "logs";

export type Step =
  /** Folders on the way are made. */
  | { readonly type: "write"; readonly path: string; readonly text: string; readonly encoding?: "utf16le" }
  | { readonly type: "copy"; readonly from: string; readonly to: string }
  /** Nothing happens when it is gone already. */
  | { readonly type: "remove"; readonly path: string }
  | { readonly type: "run"; readonly command: readonly string[] }
  /** Its failure means that there was nothing to do. */
  | { readonly type: "try"; readonly command: readonly string[] };

export interface Plan {
  readonly steps: readonly Step[];
  /** What to tell once they are taken. */
  readonly done: string;
}

export type Plans = { readonly [action in ServiceAction]: Plan };

export function run(...command: readonly string[]): Step {
  return { type: "run", command };
}

export function attempt(...command: readonly string[]): Step {
  return { type: "try", command };
}
