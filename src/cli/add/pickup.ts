/** Whether the running program has taken up a change of the configuration, which it watches. */
import type { Config } from "../../config/schema.ts";
import { addressOf, readStatus, type Status } from "../running.ts";

const WAIT_MS = 3000;
const PAUSE_MS = 100;

/** Lines for the user. */
export async function describePickup(
  config: Config,
  name: string,
  change: "added" | "removed",
): Promise<readonly string[]> {
  const status = await waitFor(config, (current) => has(current, name) === (change === "added"));
  if (status === undefined)
    return ["ollama-proxy is not running. Start it with `ollama-proxy`, or `ollama-proxy service install`"];
  const url = addressOf(config);
  if (has(status, name) !== (change === "added"))
    return [
      `The program at ${url} has not taken up the change. It may read another file; to find out, run: ollama-proxy doctor`,
    ];
  const disabled = status.disabled.find((provider) => provider.name === name);
  if (disabled !== undefined)
    return [`The program at ${url} has taken up the change, but cannot use the provider: ${disabled.reason}`];
  return [`The program at ${url} has taken up the change`];
}

/** The status when it is as expected, or the last one. Undefined when the program does not run. */
async function waitFor(config: Config, isDone: (status: Status) => boolean): Promise<Status | undefined> {
  const endMs = performance.now() + WAIT_MS;
  for (;;) {
    const status = await readStatus(config);
    if (status === undefined || isDone(status) || performance.now() > endMs) return status;
    await Bun.sleep(PAUSE_MS);
  }
}

function has({ providers, disabled }: Status, name: string): boolean {
  return [...providers, ...disabled].some((provider) => provider.name === name);
}
