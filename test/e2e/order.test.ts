/** Which model of an alias gets a request first. */
import { expect, test } from "bun:test";
import { MESSAGES, ask, fails, says, startAlias, startScripted } from "../support/alias.ts";
import { Clock } from "../support/clock.ts";
import { startUpstream } from "../support/upstream.ts";

/** Who answers a number of requests, one after the other. */
async function answersOf(url: string, count: number, body: object = {}): Promise<string> {
  let answers = "";
  for (let index = 0; index < count; index += 1) answers += (await ask(url, body)).provider ?? "-";
  return answers;
}

test("`order: round-robin` takes turns, and continues after a reload", async () => {
  using upstream = startUpstream(() => says("hi"));
  const upstreams = [upstream, upstream, upstream];
  await using app = await startAlias({ upstreams, alias: ", order: round-robin" });
  expect(await answersOf(app.url, 5)).toBe("abcab");
});

test("`order: cheapest` begins with the lowest known price", async () => {
  using upstream = startUpstream(() => says("hi"));
  const models = ["", ", price: {input: 3, output: 15}", ", price: {input: 5, output: 1}"];
  await using app = await startAlias({
    upstreams: [upstream, upstream, upstream],
    models,
    alias: ", order: cheapest",
  });
  expect(await answersOf(app.url, 1)).toBe("c");
});

test("`order: fastest` measures every model, and then begins with the fastest", async () => {
  const clock = new Clock();
  const slow = (ms: number) => () => {
    clock.advance(ms);
    return says("hi");
  };
  using a = startUpstream(slow(300));
  using b = startUpstream(slow(100));
  using c = startUpstream(slow(200));
  await using app = await startAlias({ upstreams: [a, b, c], alias: ", order: fastest", clock });
  expect(await answersOf(app.url, 5)).toBe("abcbb");
  clock.advance(600_000);
  expect(await answersOf(app.url, 4)).toBe("abcb");
});

const SECOND_TURN = [...MESSAGES, { role: "assistant", content: "hello" }, { role: "user", content: "more" }];

test("a conversation stays with the model that answered it", async () => {
  using upstream = startUpstream(() => says("hello"));
  await using app = await startAlias({
    upstreams: [upstream, upstream, upstream],
    alias: ", order: round-robin",
  });
  expect(await answersOf(app.url, 2)).toBe("ab");
  expect(await answersOf(app.url, 3, { messages: SECOND_TURN })).toBe("bbb");
  const other = [...MESSAGES, { role: "assistant", content: "other" }, { role: "user", content: "more" }];
  expect(await answersOf(app.url, 2, { messages: [{ role: "system", content: "x" }, ...other] })).toBe("cc");
});

test("a conversation moves when its model fails, and stays there when that works again", async () => {
  const clock = new Clock();
  using a = startScripted("a", [() => says("a"), () => fails(503)]);
  using b = startScripted("b", []);
  await using app = await startAlias({ upstreams: [a, b], clock });
  expect(await answersOf(app.url, 1)).toBe("a");
  expect(await answersOf(app.url, 2, { messages: SECOND_TURN })).toBe("bb");
  clock.advance(60_000);
  expect(await answersOf(app.url, 1, { messages: SECOND_TURN })).toBe("b");
  expect(await answersOf(app.url, 1)).toBe("a");
});
