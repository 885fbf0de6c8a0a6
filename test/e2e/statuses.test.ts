/** Error responses of a provider, as each client API writes them. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { objectAt, stringAt } from "../../src/wire/json.ts";
import { CLIENT_APIS } from "../support/hostile/client.ts";
import { startUpstream } from "../support/upstream.ts";

test.each([
  [400, 400, "invalid_request_error"],
  [401, 403, "permission_error"],
  [403, 403, "permission_error"],
  [404, 404, "not_found_error"],
  [413, 413, "request_too_large"],
  [429, 429, "rate_limit_error"],
  [500, 500, "api_error"],
  [503, 503, "overloaded_error"],
  [529, 503, "overloaded_error"],
])("a provider's %d is told to Anthropic's clients as %d %s", async (status, expected, type) => {
  using upstream = startUpstream(() => Response.json({ error: { message: "no such model" } }, { status }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await post(`${app.url}/v1/messages`, {
    model: "[p]-m",
    max_tokens: 9,
    messages: [{ role: "user", content: "hi" }],
  });
  expect(await response.json()).toMatchObject({ type: "error", error: { type } });
  expect(response.status).toBe(expected);
});

const LITELLM =
  "litellm.BadRequestError: OpenAIException - 'm' rejects this request. Received Model Group=`m`\nAvailable Model Group Fallbacks=None";

test.each([
  ["an error response", () => Response.json({ error: { message: LITELLM } }, { status: 400 })],
  ["an error with status 200", () => Response.json({ error: { message: LITELLM, code: 400 } })],
])("%s that names the model begins with the provider's name on every route", async (_, answer) => {
  using upstream = startUpstream(answer);
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  for (const { path, ask } of CLIENT_APIS) {
    const response = await post(app.url + path, { model: "[p]-m", ...ask });
    const body: unknown = await response.json();
    const message = stringAt(body, "error") ?? stringAt(objectAt(body, "error"), "message");
    expect([path, response.status, message]).toEqual([
      path,
      400,
      "[p] litellm.BadRequestError: OpenAIException - '[p]-m' rejects this request. Received Model Group=`[p]-m`\nAvailable Model Group Fallbacks=None",
    ]);
  }
});

test.each([
  ['{"Response":{"Error":{"Code":"X","Message":"The region is closed"}}}'],
  ['{"ok":false,"reason":"The region is closed"}'],
])("an error in an unknown format is shown as it is: %s", async (text) => {
  using upstream = startUpstream(() => new Response(text, { status: 400 }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const ask = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
  const response = await post(`${app.url}/api/chat`, ask);
  const error = `[p] The provider reported an error without an explanation: ${text}; try again`;
  expect([response.status, await response.json()]).toEqual([400, { error }]);
});
