/** Sends fixtures through sockets: a real client, the real proxy, and a provider that sends the recorded reply. */
import { expect } from "bun:test";
import { type TestApp, startTestApp, testConfig, testProvider } from "./app.ts";
import type { Fixture } from "./fixtures.ts";
import { receive } from "./received.ts";
import { clientsOf } from "./replay.ts";
import { type Upstream, inPieces, startUpstream } from "./upstream.ts";

/** The expected file of the client whose requests are relayed. */
const RELAYED = {
  openai: "openai.sse",
  ollama: "ollama.ndjson",
  anthropic: "anthropic.sse",
  responses: "responses.sse",
} as const;

/** Ignored in CI, which must not change the expected files. */
const UPDATES = process.env["UPDATE"] !== undefined && process.env["CI"] === undefined;

/** Bytes of each write of the provider, once for each request of the client. */
type Sizes = (fixture: Fixture, clientIndex: number) => readonly number[];

/** One provider and one proxy for all fixtures. For each fixture they are as new, because the configuration is. */
export class FixtureServer implements AsyncDisposable {
  readonly #upstream: Upstream;
  readonly #app: TestApp;
  /** What the provider answers. */
  #answer: () => Response = () => Response.error();

  static async start(): Promise<FixtureServer> {
    const server: FixtureServer = new FixtureServer(
      startUpstream(() => server.#answer()),
      await startTestApp([]),
    );
    return server;
  }

  private constructor(upstream: Upstream, app: TestApp) {
    this.#upstream = upstream;
    this.#app = app;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
    this.#upstream[Symbol.dispose]();
  }

  /** Each client must get the expected file, however the provider sends its reply. */
  async expectServed(fixture: Fixture, sizes: Sizes): Promise<void> {
    await this.#configure(fixture);
    const before = this.#upstream.received.length;
    for (const [index, [file, { path, question }]] of clientsOf(fixture).entries()) {
      const body = fixture.request ?? JSON.stringify({ ...question, ...fixture.client });
      for (const size of sizes(fixture, index)) {
        this.#answer = () => answerOf(fixture, size);
        const { response } = await receive(this.#app.url + path, body);
        // Replays in memory send each request once.
        const text = (await response.text()).replaceAll("; it was sent 3 times", "");
        if (UPDATES) await fixture.update(file, text);
        expect(text).toBe(await fixture.expected(file));
        const { expect_status, relayed_status = expect_status } = fixture;
        expect(response.status).toBe(file === RELAYED[fixture.upstream] ? relayed_status : expect_status);
      }
    }
    if (fixture.request === undefined) return;
    const asked = this.#upstream.received.slice(before).find(({ method }) => method === "POST");
    const sent = `${JSON.stringify(JSON.parse(asked?.text ?? ""), null, 2)}\n`;
    if (UPDATES) await fixture.update("upstream-request.json", sent);
    expect(sent).toBe(await fixture.expected("upstream-request.json"));
  }

  /** A header of its own makes a provider that the proxy knows nothing of. */
  async #configure({ name, upstream, options }: Fixture): Promise<void> {
    const { url } = this.#upstream;
    const provider = testProvider(upstream === "ollama" ? url : `${url}/v1`, {
      apiType: upstream,
      options,
      headers: { "x-fixture": name },
    });
    await this.#app.app.reload(testConfig([provider]));
  }
}

function answerOf({ body, status, content_type }: Fixture, pieceSize: number): Response {
  return new Response(inPieces(body, pieceSize), { status, headers: { "content-type": content_type } });
}
