/** Ends the listener and the open replies when the program stops. */
import { ProxyError } from "../chat/error.ts";
import type { Runtime } from "../runtime.ts";
import type { ReloadableListener } from "./reloadable-listener.ts";

const DRAIN_TIMEOUT_MS = 3000;
/** How long clients may take to read the last line of a reply that was ended. */
const LAST_LINE_MS = 500;

/** Waits for open replies, then ends them. The second call ends them immediately. */
export function createStop(
  listener: ReloadableListener,
  stopping: AbortController,
  { log }: Pick<Runtime, "log">,
  drainTimeoutMs = DRAIN_TIMEOUT_MS,
): () => Promise<void> {
  let isStopping = false;
  return () => {
    if (isStopping && !stopping.signal.aborted) {
      log("info", "Ending open replies immediately");
      stopping.abort(shuttingDown());
    }
    isStopping = true;
    return closeListener(listener, stopping, drainTimeoutMs);
  };
}

/** Waits for open replies. After `drainTimeoutMs`, or when `stopping` aborts, they end with an error. */
async function closeListener(
  listener: ReloadableListener,
  stopping: AbortController,
  drainTimeoutMs: number,
): Promise<void> {
  const drained = listener.drain();
  await Promise.race([drained, untilAborted(stopping.signal, drainTimeoutMs)]);
  stopping.abort(shuttingDown());
  // The streams now write their last line. Clients that do not read it are disconnected.
  await Promise.race([drained, Bun.sleep(LAST_LINE_MS)]);
  await listener.close();
}

function shuttingDown(): ProxyError {
  return new ProxyError("overloaded", "ollama-proxy is shutting down; send the request again in a moment");
}

function untilAborted(signal: AbortSignal, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
