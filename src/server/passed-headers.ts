/** What a provider says in its headers to whoever asks: how much more may be asked, and by which id it knows the request. */

export type Header = readonly [name: string, value: string];

/** When to ask again is said by the error, which may know it from elsewhere too. */
const PASSED = /^(?:x-ratelimit-.+|x-request-id|request-id|openai-processing-ms)$/;

/** `mask` hides secrets that the provider repeats there. */
export function passedHeaders(headers: Headers, mask: (text: string) => string): readonly Header[] {
  return [...headers].filter(([name]) => PASSED.test(name)).map(([name, value]) => [name, mask(value)]);
}
