/**
 * Opens the reply to a request. A provider that takes the request, with status 200, and then gives an error or nothing at all in
 * place of a reply is asked again, as one that refused it would be.
 */
import { ProxyError } from "../chat/error.ts";
import type { Exchange } from "../providers/client.ts";
import type { Scope } from "./services.ts";
import { LiveReply } from "./streamed-reply.ts";
import type { Pump } from "./stream-translator.ts";
import { MOST_ATTEMPTS, pauseMs } from "./retry.ts";

/** `send` and `createPump` run once an attempt. Throws `ProxyError` when the reply fails before its first text. */
export async function openReply(
  send: () => Promise<Exchange>,
  createPump: () => Pump,
  scope: Scope,
): Promise<LiveReply> {
  const { runtime } = scope.gateway;
  for (let attempt = 1; ; attempt += 1) {
    const exchange = await send();
    const pump = createPump();
    try {
      return await LiveReply.open(exchange, pump, scope.gateway.countsLimitMs);
    } catch (error) {
      if (pump.hasBegun || attempt >= MOST_ATTEMPTS || !mayPass(error, attempt)) throw error;
      await runtime.sleep(pauseMs(attempt, runtime), scope.signal);
    }
  }
}

/** Whether another attempt may bring the reply; nothing at all may be the honest answer, so it is doubted but once. */
function mayPass(error: unknown, attempt: number): boolean {
  if (!(error instanceof ProxyError)) return false;
  if (error.kind === "upstream-empty") return attempt === 1;
  return error.kind === "overloaded" || error.kind === "rate-limited" || error.kind === "internal";
}
