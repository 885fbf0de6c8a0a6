/**
 * No input may occupy the program for longer than its size explains. Each input has two sizes, and its work must not grow faster than
 * its size. `blocking.system.ts` sends inputs whose work would take minutes if it did, and `pipeline/growth.test.ts` long replies.
 */
import { expect, test } from "bun:test";
import type { ProviderConfig } from "../../src/config/schema.ts";
import { startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";
import { countWork } from "../support/work.ts";

const USER = [{ role: "user", content: "hi" }];
const SIZE = 100;
const TIMES = 8;

/** What a client sends, and what the provider answers. */
interface Input {
  readonly path: string;
  readonly body: object;
  readonly answer: string;
  readonly options?: ProviderConfig["options"];
  readonly status?: number;
}

function delta(fields: object): object {
  return { choices: [{ index: 0, delta: fields }] };
}

const STOP = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };

function events(...frames: readonly object[]): string {
  return `data: ${[...frames.map((frame) => JSON.stringify(frame)), "[DONE]"].join("\n\ndata: ")}\n\n`;
}

function times<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const HI = events(delta({ content: "Hi" }), STOP);

/** Each makes the input of a size. */
const INPUTS: readonly (readonly [what: string, input: (size: number) => Input])[] = [
  [
    "a document of which every line could be the last",
    (size) => ({ path: "/api/chat", body: {}, answer: `[\n${"[\n],\n".repeat(size)}`, status: 502 }),
  ],
  [
    "a reply that repeats the beginning it was given, in pieces",
    (size) => ({
      path: "/api/chat",
      body: { messages: [...USER, { role: "assistant", content: "ab".repeat(size) }] },
      answer: events(...times(size, () => delta({ content: "ab" })), delta({ content: "Hi" }), STOP),
      options: { echoesPrefill: true },
    }),
  ],
  [
    "many results of tools in a conversation",
    (size) => ({
      path: "/api/chat",
      body: {
        messages: [
          ...USER,
          {
            role: "assistant",
            content: "",
            tool_calls: times(size, () => ({ function: { name: "f", arguments: {} } })),
          },
          ...times(size, () => ({ role: "tool", content: "r" })),
        ],
      },
      answer: HI,
    }),
  ],
  [
    "many tools with invalid names",
    (size) => ({
      path: "/api/chat",
      body: {
        tools: times(size, (at) => ({
          type: "function",
          function: { name: `${String.fromCodePoint(0x4e00 + at)}.`, parameters: {} },
        })),
      },
      answer: HI,
    }),
  ],
];

async function workFor({ path, body, answer, options = {}, status = 200 }: Input): Promise<number> {
  using upstream = startUpstream(
    () => new Response(answer, { headers: { "content-type": "text/event-stream" } }),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { options })]);
  const request = JSON.stringify({ model: "[p]-m", messages: USER, ...body });
  return await countWork(async () => {
    const response = await fetch(app.url + path, { method: "POST", body: request });
    await response.text();
    expect(response.status).toBe(status);
  });
}

test.each(INPUTS)("%s", async (_, input) => {
  const small = await workFor(input(SIZE));
  const large = await workFor(input(SIZE * TIMES));
  expect(large / small).toBeLessThan(1.5 * TIMES);
});
