/**
 * Replays every recorded reply of a provider to the clients of each API, through sockets and in memory: they must get the expected
 * file, byte for byte, however the reply is cut. `UPDATE=1 bun test wire` writes missing and changed files. `wire.system.ts` tries
 * every cut.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { fewCuts, sampledCuts } from "./support/cuts.ts";
import { loadFixtures, named } from "./support/fixtures.ts";
import { clientsOf, replayTo } from "./support/replay.ts";
import { FixtureServer } from "./support/serve-fixture.ts";

const fixtures = await loadFixtures();

let server: FixtureServer;
beforeAll(async () => {
  server = await FixtureServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

test.each(named(fixtures))(
  "$name reaches the client through sockets, whole and in pieces",
  async ({ fixture }) => {
    // Every other client gets a reply that comes at once, and the rest one in pieces. A single client gets both.
    const turn = fixtures.indexOf(fixture);
    const isAlone = clientsOf(fixture).length === 1;
    await server.expectServed(fixture, ({ body }, index) => {
      if (isAlone) return [body.length, 40];
      return [(turn + index) % 2 === 0 ? body.length : 40];
    });
  },
);

/** One client for each way of reading a reply: translated, and relayed. The encoders of the others see no cuts. */
const SAMPLED: ReadonlySet<string> = new Set(["ollama.ndjson", "openai.sse"]);

// An error response has no frames to cut.
const streams = fixtures.filter(({ status }) => status === 200);

test.each(named(streams))("$name is the same however it is cut", async ({ fixture }) => {
  for (const [file, client] of clientsOf(fixture)) {
    const expected = await fixture.expected(file);
    const replay = replayTo(client, fixture);
    const cuts = SAMPLED.has(file) ? sampledCuts : fewCuts;
    for (const pieces of cuts(fixture.body)) expect(replay(pieces)).toBe(expected);
  }
});

test("no file of a fixture holds a key", async () => {
  const folder = new URL("wire/", import.meta.url).pathname;
  for (const file of new Bun.Glob("*/*").scanSync(folder)) {
    expect(await Bun.file(folder + file).text()).not.toMatch(/sk-[A-Za-z0-9]{8}|Bearer [A-Za-z0-9]{8}/);
  }
});
