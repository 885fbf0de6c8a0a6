/** The models that a provider has in memory, by its own list. */
import type { RunningCodec, RunningModel } from "../apis/upstream-api.ts";
import { ProxyError } from "../chat/error.ts";
import { SIZE_ADVICE } from "../providers/exchange.ts";
import { send } from "../providers/client.ts";
import type { Provider } from "../providers/provider.ts";
import type { Runtime } from "../runtime.ts";
import { JSON_TYPE } from "../wire/content-types.ts";
import { parseJson } from "../wire/json.ts";

/** Apps request the list again and again while they are open. */
const TIMEOUT_MS = 2000;

/** Undefined when the provider has no such list, or does not give it now. */
export async function runningModels(
  provider: Provider,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<readonly RunningModel[] | undefined> {
  const { running } = provider.api;
  if (running === undefined) return undefined;
  try {
    return await requestRunning(running, provider, runtime, signal);
  } catch (error) {
    if (error instanceof ProxyError) return undefined;
    throw error;
  }
}

/** Throws `ProxyError`. */
async function requestRunning(
  { path, decode }: RunningCodec,
  provider: Provider,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<readonly RunningModel[] | undefined> {
  const call = { method: "GET", path, accept: JSON_TYPE, signal, headTimeoutMs: TIMEOUT_MS } as const;
  const exchange = await send(provider, call, runtime);
  exchange.setIdleTimeout(TIMEOUT_MS);
  exchange.limitSize(provider.limits.maxModelListBytes, SIZE_ADVICE);
  const text = await exchange.text();
  return exchange.ok ? decode(parseJson(text)) : undefined;
}
