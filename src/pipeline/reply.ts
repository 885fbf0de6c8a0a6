/** What the pipeline gives back for one request: a whole reply, or one that is still coming. */
import type { StreamedReply } from "./streamed-reply.ts";

export type Header = readonly [name: string, value: string];

export type Reply =
  | {
      readonly type: "whole";
      readonly text: string;
      /** The provider's content type; undefined where the reply is our own. */
      readonly contentType?: string | undefined;
    }
  | { readonly type: "stream"; readonly reply: StreamedReply };

/** How much more may be asked for, and by which id the provider knows the request. `Retry-After` is set by the error itself. */
const PASSED = /^(?:x-ratelimit-.+|x-request-id|request-id|openai-processing-ms)$/;

/** `mask` hides secrets that the provider repeats there. */
export function passedHeaders(headers: Headers, mask: (text: string) => string): readonly Header[] {
  return [...headers].filter(([name]) => PASSED.test(name)).map(([name, value]) => [name, mask(value)]);
}
