/** `context` of `/api/generate`: the conversation as numbers. */
import { expect, test } from "bun:test";
import type { Message } from "../../src/chat/request.ts";
import { packContext, unpackContext } from "../../src/apis/ollama/client/context.ts";

function user(text: string): Message {
  return { role: "user", parts: [{ type: "text", text }] };
}

test("what was packed comes back, in any script", () => {
  const turns = [user("你好 👩‍🚀"), { role: "assistant", text: "a", toolCalls: [] } as const, user("b")];
  expect(unpackContext(packContext(turns, "c"))).toEqual([
    ...turns,
    { role: "assistant", text: "c", toolCalls: [] },
  ]);
});

test("a long conversation forgets its beginning, so that the line stays short", () => {
  const turns = Array.from({ length: 50 }, (_, index) => user(`${index} ${"x".repeat(2000)}`));
  const packed = packContext(turns, "the end");
  expect(JSON.stringify(packed).length).toBeLessThan(128 * 1024);
  const back = unpackContext(packed);
  expect(back.at(-1)).toEqual({ role: "assistant", text: "the end", toolCalls: [] });
  expect(back.at(-2)).toEqual(turns.at(-1));
});

test.each([[[]], [[1, 2, 3]], [[70000]], [["x"]], [[-1]]])("%j of another server begins anew", (context) => {
  expect(unpackContext(context)).toEqual([]);
});
