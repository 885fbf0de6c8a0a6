/** Arguments of tool calls that come in pieces: where a call ends, and what a client gets of arguments that are cut. */
import { expect, test } from "bun:test";
import { arrayAt, isObject, objectAt, parseJson, stringAt } from "../../src/wire/json.ts";
import { type ClientPath, REQUESTS } from "../support/every-client.ts";
import { useProxy } from "../support/shared-proxy.ts";

const proxy = useProxy();

interface Piece {
  readonly id?: string;
  readonly name?: string;
  readonly arguments: string;
}

/** A reply in which every piece has the same index. */
function reply(pieces: readonly Piece[], finish: string): string {
  const frames = pieces.map(({ id, ...fn }) => {
    const call = { index: 0, id, type: "function", function: fn };
    return JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }] });
  });
  const last = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: finish }] });
  return `data: ${[...frames, last, "[DONE]"].join("\n\ndata: ")}\n\n`;
}

async function ask(path: ClientPath, pieces: readonly Piece[], finish = "tool_calls", members = "") {
  const headers = { "content-type": "text/event-stream" };
  const answer = () => new Response(reply(pieces, finish), { headers });
  return await proxy.exchange(answer, path, `{${members}${REQUESTS[path]}}`);
}

/** Some hosts give all calls of a reply one index and one id. A name begins another call when the arguments are whole. */
test("a second call with the same id begins where the arguments of the first end, however they are cut", async () => {
  const first = String.raw`{"a":"\\\"{[","b":"]}\\"}`;
  for (let cut = 1; cut < first.length; cut += 1) {
    const { text } = await ask("/api/chat", [
      { id: "x", name: "f", arguments: first.slice(0, cut) },
      { arguments: first.slice(cut, cut + 1) },
      { arguments: first.slice(cut + 1) },
      { id: "x", name: "g", arguments: '{"c":1}' },
    ]);
    const calls = arrayAt(objectAt(parseJson(text), "message"), "tool_calls").filter(isObject);
    expect(calls.map((call) => objectAt(call, "function"))).toMatchObject([
      { name: "f", arguments: { a: String.raw`\"{[`, b: "]}\\" } },
      { name: "g", arguments: { c: 1 } },
    ]);
  }
});

/** All of the arguments that a client of a stream gets. */
async function streamedArguments(pieces: readonly Piece[], finish?: string): Promise<string> {
  const { text } = await ask("/v1/messages", pieces, finish, '"stream":true,');
  return text
    .split("\n")
    .map((line) => (line.startsWith("data: ") ? parseJson(line.slice(6)) : undefined))
    .map((event) => stringAt(objectAt(event, "delta"), "partial_json") ?? "")
    .join("");
}

/** The repair waits for the end of a string. What it held back is sent as the model wrote it. */
test.each([
  ["behind an unknown escape", String.raw`{"cmd":"grep \d a`],
  ["in an escape", String.raw`{"cmd":"grep \d a\u00`],
  ["behind a backslash", String.raw`{"cmd":"grep \d a` + "\\"],
])("arguments that are cut %s by the length limit reach the client as they are", async (_where, args) => {
  expect(await streamedArguments([{ id: "x", name: "f", arguments: args }], "length")).toBe(args);
});

test.each([
  [String.raw`{"a":"\d+"}`, String.raw`{"a":"\\d+"}`],
  [String.raw`{"a":"it\'s"}`, String.raw`{"a":"it's"}`],
  ['{"a":"b\n\tc"}', String.raw`{"a":"b\n\tc"}`],
  ['{"a":"b\\\nc"}', String.raw`{"a":"b\\\nc"}`],
  ['{"a":"b\\\u001fc"}', String.raw`{"a":"b\\\u001fc"}`],
  [String.raw`{"a":"\*.ts"}`, String.raw`{"a":"\\*.ts"}`],
  [String.raw`{"a":"\ud83d"}`, String.raw`{"a":"\ufffd"}`],
  [String.raw`{"a":"\é"}`, String.raw`{"a":"\é"}`],
  [String.raw`{"a":"C:\new\dir"}`, String.raw`{"a":"C:\new\dir"}`],
  [String.raw`{"a":"C:\dir\new"}`, String.raw`{"a":"C:\dir\new"}`],
  [String.raw`{"a":"C:\dir\new","b":"\d+"}`, String.raw`{"a":"C:\dir\new","b":"\\d+"}`],
])("%j is repaired to %j, however it is cut", async (args, expected) => {
  for (let cut = 1; cut < args.length; cut += 1) {
    const pieces = [{ id: "x", name: "f", arguments: args.slice(0, cut) }, { arguments: args.slice(cut) }];
    expect(await streamedArguments(pieces)).toBe(expected);
  }
});
