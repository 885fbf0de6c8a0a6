/** Sends a request again where that is safe: only before the provider can have begun to answer it. */
import { ProxyError } from "../chat/error.ts";
import { type Call, type Exchange, send } from "../providers/client.ts";
import { neverArrived, wasReset } from "../providers/failure.ts";
import type { Provider } from "../providers/provider.ts";
import type { Runtime } from "../runtime.ts";

const MOST_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 250;

/** Throws `ProxyError` once it gives up. */
export async function sendWithRetry(provider: Provider, call: Call, runtime: Runtime): Promise<Exchange> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(provider, call, runtime);
    } catch (error) {
      if (!(error instanceof ProxyError) || !mayRetry(error, attempt)) throw error;
      if (!wasReset(error)) await runtime.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), call.signal);
    }
  }
}

function mayRetry(error: ProxyError, attempt: number): boolean {
  // A connection from the pool that the provider has closed meanwhile breaks at once: Bun sends no POST again by itself.
  return attempt < MOST_ATTEMPTS && (neverArrived(error) || (wasReset(error) && attempt === 1));
}
