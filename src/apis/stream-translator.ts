/** What both interfaces of APIs use to pass a stream on. */
import type { ProxyError } from "../chat/error.ts";
import type { Phase } from "../chat/event.ts";

/**
 * Translates a streamed reply: takes the provider's bytes and returns text for the client. It is synchronous
 * and uses no clock and no stream, so that tests can split the bytes anywhere.
 */
export interface StreamTranslator {
  readonly phase: Phase;
  /** The provider has sent a part of its reply. Repeating the request now would be paid for twice. */
  readonly hasBegun: boolean;
  /** There is text that `push` could not return because an error followed it in the same bytes. */
  readonly hasText: boolean;
  /** Throws `ProxyError` when the bytes are an error or invalid. */
  push(bytes: Uint8Array): string;
  /** The body ended. Throws `ProxyError` when the reply is incomplete. */
  end(): string;
  /** The last text after an error, in the client's API. */
  fail(error: ProxyError): string;
  /** The reply has ended in any way. Reports estimated tokens if the provider did not count them. */
  close(): void;
}
