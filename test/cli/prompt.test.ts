/** Questions on a terminal emulator in this process. `*.system.ts` asks them in a real pseudo-terminal. */
import { expect, test } from "bun:test";
import xterm from "@xterm/headless";
import { askSecret, askText } from "../../src/cli/prompt/ask.ts";
import { parseKeys } from "../../src/cli/prompt/keys.ts";
import { select, selectSome } from "../../src/cli/prompt/select.ts";
import type { Terminal } from "../../src/cli/prompt/terminal.ts";

const DOWN = "\u001b[B";
const UP = "\u001b[A";

interface Screen extends Terminal {
  /** What the user sees after all keys were read. */
  readonly shown: () => Promise<string>;
}

/** A terminal on which somebody types. After the last key the question waits forever. */
function typed(input: string, columns = 40, rows = 10): Screen {
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const keys = [...parseKeys(input)];
  const waiting = Promise.withResolvers<void>();
  return {
    columns: () => columns,
    rows: () => rows,
    write: (text) => emulator.write(text),
    readKey: () => {
      const key = keys.shift();
      if (key !== undefined && key.type !== "cancel") return Promise.resolve(key);
      waiting.resolve();
      return new Promise(() => undefined);
    },
    shown: async () => {
      if (keys.length > 0) await waiting.promise;
      await new Promise<void>((resolve) => emulator.write("", resolve));
      const { active } = emulator.buffer;
      const lines = Array.from(
        { length: active.length },
        (_, row) => active.getLine(row)?.translateToString(true).trimEnd() ?? "",
      );
      return lines.join("\n").trimEnd();
    },
  };
}

const FRUITS = {
  question: "Fruit",
  choices: [
    { label: "Apple", value: 1 },
    { label: "Banana", note: "yellow", value: 2 },
    { label: "Cherry", value: 3 },
  ],
};

test.each([
  ["\r", 1],
  [`${DOWN}\r`, 2],
  [`${DOWN}${DOWN}${DOWN}${DOWN}\r`, 3],
  [`${DOWN}${DOWN}${UP}\r`, 2],
  ["ERR\r", 3],
  ["yell\r", 2],
  ["nothing\u0015\r", 1],
  ["x\u007fba na\r", 2],
  ["nothing\r\u0015ch\r", 3],
])("with the keys %j a choice is found", async (input, value) => {
  expect(await select(typed(input), FRUITS)).toBe(value);
});

test("an open list, and what stays of it", async () => {
  const screen = typed("an");
  void select(screen, FRUITS);
  expect(await screen.shown()).toBe("Fruit: an_\n> Banana  yellow\nType to search, Enter to choose");
  const done = typed("an\r");
  await select(done, FRUITS);
  expect(await done.shown()).toBe("Fruit: Banana");
});

test("a long list is scrolled, and long lines are cut to the width", async () => {
  const choices = Array.from({ length: 30 }, (_, index) => ({
    label: `Model ${index} ${"x".repeat(30)}`,
    value: index,
  }));
  const screen = typed(DOWN.repeat(20), 20, 6);
  void select(screen, { question: "Model", choices });
  expect(await screen.shown()).toBe(
    "Model: _\n  Model 19 xxxxxxx…\n> Model 20 xxxxxxx…\n  Model 21 xxxxxxx…\nType to search, En…",
  );
});

function fromText(text: string) {
  return { label: `The API at ${text}`, value: 9 };
}

test("a typed text can be a choice of its own", async () => {
  expect(await select(typed("zz.example\r"), { ...FRUITS, fromText })).toBe(9);
});

test.each([
  [" \r", [1]],
  [`${DOWN} ${DOWN} \r`, [2, 3]],
  ["\t\r", [1, 2, 3]],
  [" \t\r", [1, 2, 3]],
  ["\t \r", [2, 3]],
  ["an\t\u0015ch \r", [2, 3]],
  // Nothing is chosen at first, so Enter waits.
  ["\r \r", [1]],
])("with the keys %j several are chosen", async (input, values) => {
  expect(await selectSome(typed(input), FRUITS)).toEqual(values);
});

test("a secret is never drawn, not even its length while it is typed", async () => {
  const screen = typed("hunter2", 40);
  void askSecret(screen, { question: "API key", hint: "Leave it empty" });
  expect(await screen.shown()).toBe("API key: _\n  Leave it empty");
  const done = typed("hunter2\r", 40);
  expect(await askSecret(done, { question: "API key" })).toBe("hunter2");
  expect(await done.shown()).toBe("API key: 7 characters");
});

function check(answer: string): string | undefined {
  return answer === "good" ? undefined : "Expected good";
}

test("a wrong answer is explained and can be corrected", async () => {
  const screen = typed("bad\r");
  void askText(screen, { question: "Name", check });
  expect(await screen.shown()).toBe("Name: bad_\n  Expected good");
  expect(await askText(typed("bad\r\u0015good\r"), { question: "Name", check })).toBe("good");
});

test("the end of a long answer stays in sight, and emoji are one character", async () => {
  const screen = typed("abcdefghijklmnopqrstuvwxyz", 20);
  void askText(screen, { question: "Name" });
  expect(await screen.shown()).toBe("Name: opqrstuvwxyz_");
  expect(await askText(typed("a👩‍👩‍👧\u007f\r"), { question: "Name" })).toBe("a");
});

test("keys of other terminals, pasted text, and keys that mean nothing", () => {
  expect(parseKeys("\u001bOA\u001b[5~\u001b[6~\u0010\u000e\b\n\u0003\u001b[1;5C\u001b\u0001paste d")).toEqual(
    [
      { type: "up" },
      { type: "page-up" },
      { type: "page-down" },
      { type: "up" },
      { type: "down" },
      { type: "backspace" },
      { type: "enter" },
      { type: "cancel" },
      { type: "text", text: "paste" },
      { type: "text", text: " " },
      { type: "text", text: "d" },
    ],
  );
});
