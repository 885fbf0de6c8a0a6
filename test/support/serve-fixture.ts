/** Sends a fixture through sockets: a real client, the real proxy, and a provider that sends the recorded reply. */
import { expect } from "bun:test";
import { startTestApp, testProvider } from "./app.ts";
import type { Fixture } from "./fixtures.ts";
import { receive } from "./received.ts";
import { clientsOf } from "./replay.ts";
import { inPieces, startUpstream } from "./upstream.ts";

/** The expected file of the client whose requests are relayed. */
const RELAYED = { openai: "openai.sse", ollama: "ollama.ndjson", anthropic: "anthropic.sse" } as const;

/** Ignored in CI, which must not change the expected files. */
const UPDATES = process.env["UPDATE"] !== undefined && process.env["CI"] === undefined;

/** Bytes of each write of the provider, once for each request of the client. */
type Sizes = (fixture: Fixture, clientIndex: number) => readonly number[];

/** Each client must get the expected file, however the provider sends its reply. */
export async function expectServed(fixture: Fixture, sizes: Sizes): Promise<void> {
  let size = fixture.body.length;
  using upstream = startUpstream(
    () =>
      new Response(inPieces(fixture.body, size), {
        status: fixture.status,
        headers: { "content-type": fixture.content_type },
      }),
  );
  await using app = await startTestApp([
    testProvider(fixture.upstream === "ollama" ? upstream.url : `${upstream.url}/v1`, {
      apiType: fixture.upstream,
      options: fixture.options,
    }),
  ]);
  for (const [index, [file, { path, question }]] of clientsOf(fixture).entries()) {
    for (size of sizes(fixture, index)) {
      const body = fixture.request ?? JSON.stringify({ ...question, ...fixture.client });
      const { response } = await receive(app.url + path, body);
      // Replays in memory send each request once.
      const text = (await response.text()).replaceAll("; it was sent 3 times", "");
      if (UPDATES) await fixture.update(file, text);
      expect(text).toBe(await fixture.expected(file));
      const { expect_status, relayed_status = expect_status } = fixture;
      expect(response.status).toBe(file === RELAYED[fixture.upstream] ? relayed_status : expect_status);
    }
  }
  if (fixture.request === undefined) return;
  const sent = `${JSON.stringify(JSON.parse(upstream.received[0]?.text ?? ""), null, 2)}\n`;
  if (UPDATES) await fixture.update("upstream-request.json", sent);
  expect(sent).toBe(await fixture.expected("upstream-request.json"));
}
