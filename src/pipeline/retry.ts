/**
 * Sends a request again where that is safe: only before the provider has begun to give a reply, and only for failures that pass.
 *
 * A refused connection is always safe. A status says that there will be no reply to this request; 408, 409, 429 and 5xx that
 * another may get one. Quota and keys do not mend by waiting. `providers/connections.ts` handles connections that died while idle.
 */
import { ProxyError } from "../chat/error.ts";
import { type Call, type Exchange, send } from "../providers/client.ts";
import { neverArrived } from "../providers/failure.ts";
import type { Provider } from "../providers/provider.ts";
import type { Runtime } from "../runtime.ts";

export const MOST_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
/** A client would rather hear of it than wait for longer. */
const LONGEST_PAUSE_MS = 60_000;

/** The last exchange, whatever its status. Throws `ProxyError` when there was none. */
export async function sendWithRetry(provider: Provider, call: Call, runtime: Runtime): Promise<Exchange> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const exchange = await send(provider, call, runtime);
      const isWorthIt = attempt < MOST_ATTEMPTS && (await mayPass(exchange));
      const waitMs = exchange.retryAfterMs ?? pauseMs(attempt, runtime);
      if (!isWorthIt || waitMs > LONGEST_PAUSE_MS) return exchange;
      await runtime.sleep(waitMs, call.signal);
    } catch (error) {
      if (!(error instanceof ProxyError) || !mayRetry(error, attempt)) throw error;
      await runtime.sleep(pauseMs(attempt, runtime), call.signal);
    }
  }
}

/** Whether a refusal is one that time mends. Reads the body of a refusal. */
async function mayPass(exchange: Exchange): Promise<boolean> {
  if (exchange.ok) return false;
  const wish = exchange.headers.get("x-should-retry");
  if (wish !== null) return wish === "true";
  const { status } = exchange;
  if (status !== 408 && status !== 409 && status !== 429 && status < 500) return false;
  return !LASTING.test(await exchange.text());
}

/** What the next request would get as well: no money left, or a field that the host does not know. */
const LASTING =
  /insufficient_quota|billing|arrearage|exceeded your current quota|extra_forbidden|extra inputs are not permitted|unsupported parameter|validation error/i;

function mayRetry(error: ProxyError, attempt: number): boolean {
  return attempt < MOST_ATTEMPTS && neverArrived(error);
}

/** Before the next attempt: longer every time, and never quite the same, so that clients refused together do not come back together. */
export function pauseMs(attempt: number, runtime: Runtime): number {
  const jitter = 0.75 + (Number.parseInt(runtime.randomId().slice(0, 4), 36) % 500) / 1000;
  return FIRST_PAUSE_MS * 2 ** (attempt - 1) * jitter;
}
