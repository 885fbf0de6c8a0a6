/** Log probabilities of a provider, in both forms in which hosts send them. */
import { expect, test } from "bun:test";
import { arrayAt, objectAt, stringAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const TOP = { token: "Hello", logprob: -1.5 };

test.each([
  [
    "a list of tokens",
    { content: [{ token: "Hi", logprob: -0.5, top_logprobs: [TOP, 1, {}] }, {}] },
    [
      {
        token: "Hi",
        logprob: -0.5,
        bytes: [72, 105],
        top_logprobs: [
          { ...TOP, bytes: [72, 101, 108, 108, 111] },
          { token: "", logprob: 0 },
        ],
      },
      { token: "", logprob: 0 },
    ],
  ],
  [
    "parallel lists",
    { tokens: ["H", "i"], token_logprobs: [-0.5, null] },
    [
      { token: "H", logprob: -0.5, bytes: [72] },
      { token: "i", logprob: 0, bytes: [105] },
    ],
  ],
])("log probabilities as %s", async (_form, logprobs, expected) => {
  const choices = [{ message: { content: "Hi" }, logprobs, finish_reason: "stop" }];
  using upstream = startUpstream(() => Response.json({ choices }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const messages = [{ role: "user", content: "hi" }];
  const request = { model: "[p]-m", messages, stream: false, logprobs: true, top_logprobs: 1 };
  const body: unknown = await (await post(`${app.url}/api/chat`, request)).json();
  expect(stringAt(objectAt(body, "message"), "content")).toBe("Hi");
  expect(arrayAt(body, "logprobs")).toEqual(expected);
});
