/** Reads a reply up to its first output: streamed, aggregated, or whole. */
import type { StreamTranslator } from "../apis/stream-translator.ts";
import { ProxyError, isExplained } from "../chat/error.ts";
import { type Exchange, SIZE_ADVICE } from "../providers/exchange.ts";
import type { ReadResult } from "./outgoing.ts";
import { isEventStream } from "../wire/sse.ts";
import type { Reply } from "./reply.ts";
import { StreamedReply } from "./streamed-reply.ts";

/** A streamed reply. */
export async function readStream(
  exchange: Exchange,
  translator: StreamTranslator,
): Promise<ReadResult<Reply>> {
  return readingResult(translator, async () => ({
    type: "stream",
    reply: await StreamedReply.open(exchange, translator),
  }));
}

/** A reply that a translator aggregates into one text. */
export async function readAggregated(
  exchange: Exchange,
  translator: StreamTranslator,
): Promise<ReadResult<Reply>> {
  exchange.limitSize(exchange.provider.limits.maxReplyBytes, SIZE_ADVICE);
  return readingResult(translator, async () => {
    const reply = await StreamedReply.open(exchange, translator);
    return { type: "whole", text: (await reply.next()) ?? "" };
  });
}

async function readingResult<R>(
  translator: StreamTranslator,
  read: () => Promise<R>,
): Promise<ReadResult<R>> {
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
    // The provider has produced a reply, so another request would be paid for again.
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
