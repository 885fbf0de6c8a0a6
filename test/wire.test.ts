/**
 * Replays every recorded reply of a provider to the clients of each API, through sockets and in memory: they must get the expected
 * file, byte for byte, however the reply is cut. `UPDATE=1 bun test wire` writes missing and changed files. `wire.system.ts` tries
 * every cut.
 */
import { expect, test } from "bun:test";
import { sampledCuts } from "./support/cuts.ts";
import { loadFixtures, named } from "./support/fixtures.ts";
import { clientsOf, replayTo } from "./support/replay.ts";
import { expectServed } from "./support/serve-fixture.ts";

const fixtures = await loadFixtures();

test.each(named(fixtures))(
  "$name reaches the client through sockets, whole and in pieces",
  async ({ fixture }) => {
    await expectServed(fixture, 40);
  },
);

// An error response has no frames to cut.
const streams = fixtures.filter(({ status }) => status === 200);

test.each(named(streams))("$name is the same however it is cut", async ({ fixture }) => {
  for (const [file, client] of clientsOf(fixture)) {
    const expected = await fixture.expected(file);
    const replay = replayTo(client, fixture);
    for (const pieces of sampledCuts(fixture.body)) expect(replay(pieces)).toBe(expected);
  }
});

test("no file of a fixture holds a key", async () => {
  const folder = new URL("wire/", import.meta.url).pathname;
  for (const file of new Bun.Glob("*/*").scanSync(folder)) {
    expect(await Bun.file(folder + file).text()).not.toMatch(/sk-[A-Za-z0-9]{8}|Bearer [A-Za-z0-9]{8}/);
  }
});
