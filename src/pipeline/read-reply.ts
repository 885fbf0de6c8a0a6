/** Reads the answer to one request up to its first output, in each form that a reply can have. */
import type { StreamTranslator } from "../apis/api.ts";
import { ProxyError, isExplained } from "../chat/error.ts";
import { type Exchange, LESS_AT_ONCE } from "../providers/client.ts";
import type { ReadResult } from "./outgoing.ts";
import { isEventStream } from "../wire/sse.ts";
import type { Reply } from "./reply.ts";
import { StreamedReply } from "./streamed-reply.ts";

/** A reply that is passed on as it comes. */
export async function readStream(
  exchange: Exchange,
  translator: StreamTranslator,
): Promise<ReadResult<Reply>> {
  return reading(translator, async () => ({
    type: "stream",
    reply: await StreamedReply.open(exchange, translator),
  }));
}

/** A whole reply that a translator aggregates; its only text comes at the end. */
export async function readAggregated(
  exchange: Exchange,
  translator: StreamTranslator,
): Promise<ReadResult<Reply>> {
  exchange.limitSize(exchange.provider.limits.maxReplyBytes, LESS_AT_ONCE);
  return reading(translator, async () => {
    const reply = await StreamedReply.open(exchange, translator);
    return { type: "whole", text: (await reply.next()) ?? "" };
  });
}

async function reading<R>(translator: StreamTranslator, read: () => Promise<R>): Promise<ReadResult<R>> {
  try {
    return { type: "reply", reply: await read() };
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    return { type: "failed", error, hasBegun: translator.hasBegun };
  }
}

/** A whole reply that is one text. `decode` throws `ProxyError` when it is none, or not complete. */
export async function readWhole<R>(
  exchange: Exchange,
  decode: (text: string, isCut: boolean) => R,
): Promise<ReadResult<R>> {
  try {
    return { type: "reply", reply: decode(await exchange.text(), false) };
  } catch (error) {
    const { cutText } = exchange;
    if (cutText !== undefined && isEventStream(cutText))
      return readCut(exchange, error, () => decode(cutText, true));
    // The provider did its work, however it ended: another request would be paid for again.
    return { type: "failed", error: exchange.toError(error), hasBegun: true };
  }
}

/** Events tell where the reply ends: it may be whole although the connection broke, which `cut` says. */
function readCut<R>(exchange: Exchange, cut: unknown, decode: () => R): ReadResult<R> {
  try {
    return { type: "reply", reply: decode() };
  } catch (error) {
    return { type: "failed", error: exchange.toError(isExplained(error) ? error : cut), hasBegun: true };
  }
}
