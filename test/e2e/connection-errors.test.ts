/** What a client is told for each error of the runtime, by its code. Errors that no local server can cause come from a replaced `fetch`. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";

const CERTIFICATE =
  'Cannot make a secure connection to the provider: its certificate is not trusted, or it does not support TLS; check its "url", or set "ca_file"';

test.each([
  [
    "ECONNREFUSED",
    502,
    'Cannot connect to the provider: connection refused; check that it is running, and check its "url"',
  ],
  ["ENOTFOUND", 502, 'Cannot find the provider\'s host; check its "url" and the network connection'],
  ["EAI_AGAIN", 502, 'Cannot find the provider\'s host; check its "url" and the network connection'],
  ["ERR_INVALID_URL", 502, 'The "url" of the provider is not a valid URL; correct it'],
  ["ETIMEDOUT", 504, "The connection to the provider timed out; try again"],
  ["TimeoutError", 504, "The connection to the provider timed out; try again"],
  ["ECONNRESET", 502, "The provider dropped the connection; try again"],
  ["ConnectionClosed", 502, "The provider dropped the connection; try again"],
  ["InvalidHTTPResponse", 502, "The provider's reply ended early; try again"],
  ["ZlibError", 502, "The provider's reply ended early; try again"],
  ["Malformed_HTTP_Response", 502, 'The provider\'s reply is not valid HTTP; check its "url"'],
  ["InvalidContentLength", 502, 'The provider\'s reply is not valid HTTP; check its "url"'],
  ["UnrequestedUpgrade", 502, 'The provider\'s reply is not valid HTTP; check its "url"'],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", 502, CERTIFICATE],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", 502, CERTIFICATE],
  ["EPROTO", 502, CERTIFICATE],
])("%s is status %i with a next step", async (code, status, message) => {
  const runtime = {
    ...fixedRuntime(),
    fetch: () => Promise.reject(Object.assign(new Error("of the runtime"), { code })),
  };
  await using app = await startTestApp([testProvider("http://127.0.0.1:1/v1")], runtime);
  const messages = [{ role: "user", content: "hi" }];
  const response = await post(`${app.url}/api/chat`, { model: "[p]-m", messages });
  expect([response.status, await response.json()]).toEqual([status, { error: `[p] ${message}` }]);
});
