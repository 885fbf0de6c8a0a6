/** Replays every recorded reply in pieces of every size. `wire.test.ts` runs a sample. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { allCuts } from "./support/cuts.ts";
import { loadFixtures, named } from "./support/fixtures.ts";
import { clientsOf, replayTo } from "./support/replay.ts";
import { FixtureServer } from "./support/serve-fixture.ts";

const fixtures = await loadFixtures();

let server: FixtureServer;
beforeAll(async () => {
  server = await FixtureServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

test.each(named(fixtures))("$name reaches the client through sockets, byte by byte", async ({ fixture }) => {
  await server.expectServed(fixture, ({ body }) => [body.length, 1]);
});

// An error response has no frames to cut.
const streams = fixtures.filter(({ status }) => status === 200);

test.each(named(streams))("$name is the same however it is cut", async ({ fixture }) => {
  for (const [file, client] of clientsOf(fixture)) {
    const expected = await fixture.expected(file);
    const replay = replayTo(client, fixture);
    for (const pieces of allCuts(fixture.body)) expect(replay(pieces)).toBe(expected);
  }
});
