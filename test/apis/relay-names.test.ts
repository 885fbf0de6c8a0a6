/** The model's name in relayed streams, wherever a provider writes it. */
import { expect, test } from "bun:test";
import { LineRelay } from "../../src/apis/ollama/relay.ts";

const utf8 = new TextEncoder();

function relayed(lines: readonly string[]): readonly string[] {
  const relay = new LineRelay("[p]-m", "reply");
  return lines.map((line) => relay.push(utf8.encode(`${line}\n`)).trimEnd());
}

const REST = '"message":{"role":"assistant","content":"hi"},"done":false';

test.each([
  ["the same place", `{"model":"m",${REST}}`, `{"model":"[p]-m",${REST}}`],
  ["a longer name at the same place", `{"model":"m2",${REST}}`, `{"model":"[p]-m",${REST}}`],
  ["another place", `{"id":1,"model":"m",${REST}}`, `{"id":1,"model":"[p]-m",${REST}}`],
  ["a second member", `{"model":"m",${REST},"model":"n"}`, `{"model":"[p]-m",${REST},"model":"[p]-m"}`],
  [
    "a second member in capitals",
    `{"model":"m",${REST},"MODEL":"n"}`,
    `{"model":"[p]-m",${REST},"MODEL":"[p]-m"}`,
  ],
  [
    "a second member with escapes",
    `{"model":"m",${REST},"mod\\u0065l":"n"}`,
    `{"model":"[p]-m",${REST},"mod\\u0065l":"[p]-m"}`,
  ],
  [
    "a member inside",
    `{"model":"m",${REST},"x":{"model":"n"}}`,
    `{"model":"[p]-m",${REST},"x":{"model":"n"}}`,
  ],
  ["a value that is not text", `{"model":null,${REST}}`, `{"model":"[p]-m",${REST}}`],
  ["no member", `{${REST}}`, `{${REST}}`],
])("is replaced after a usual line: %s", (_what, line, expected) => {
  const usual = `{"model":"m",${REST}}`;
  const [, second, third] = relayed([usual, line, usual]);
  expect([second, third]).toEqual([expected, `{"model":"[p]-m",${REST}}`]);
});
