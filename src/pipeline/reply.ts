/** The result of the pipeline for one request: a whole or a streamed reply. */
import type { StreamedReply } from "./streamed-reply.ts";

export type Header = readonly [name: string, value: string];

export type Reply =
  | {
      readonly type: "whole";
      readonly text: string;
      /** The provider's content type; undefined when the reply was created here. */
      readonly contentType?: string | undefined;
      /** The text is that of a whole stream. */
      readonly isStream?: boolean | undefined;
    }
  | { readonly type: "stream"; readonly reply: StreamedReply };

/** Rate limits, and the provider's id of the request. `Retry-After` is written from the error. */
const PASSED_HEADERS = /^(?:(?:x|anthropic)-ratelimit-.+|x-request-id|request-id|openai-processing-ms)$/;

/** The provider's headers for clients. `mask` masks secrets in them. */
export function passedHeaders(headers: Headers, mask: (text: string) => string): readonly Header[] {
  return [...headers]
    .filter(([name]) => PASSED_HEADERS.test(name))
    .map(([name, value]) => [name, mask(value)]);
}
