/**
 * Replays every recorded reply of a provider through every front, in memory and through sockets, cut in every way: the
 * client must get the expected file, byte for byte. `UPDATE=1 bun test wire` writes missing and changed files.
 */
import { expect, test } from "bun:test";
import { ProxyError } from "../src/chat/error.ts";
import type { ReplyContext, StreamEncoder } from "../src/chat/event.ts";
import { ANTHROPIC_FRONT } from "../src/apis/anthropic/client/encoder.ts";
import { DEFAULT_QUIRKS, type FrontDialect } from "../src/apis/api.ts";
import { CHAT_SHAPE, OllamaEncoder, encodeError } from "../src/apis/ollama/client/encoder.ts";
import { OPENAI_FRONT } from "../src/apis/openai/client/encoder.ts";
import { OPENAI_UPSTREAM } from "../src/apis/openai/upstream/request.ts";
import { RESPONSES_FRONT } from "../src/apis/responses/client/encoder.ts";
import { OpenAiRelayPump } from "../src/apis/openai/relay.ts";
import { type Pump, TranslatePump } from "../src/pipeline/stream-translator.ts";
import { createMasker } from "../src/masker.ts";
import { startTestApp, testProvider } from "./support/app.ts";
import { type Fixture, loadFixtures } from "./support/fixtures.ts";
import { NOW_MS, fixedRuntime } from "./support/runtime.ts";
import { inPieces, startUpstream } from "./support/upstream.ts";

interface Front {
  readonly path: string;
  /** The question that a fixture answers, unless it brings its own. */
  readonly question: { readonly [key: string]: unknown };
  readonly createPump: (context: ReplyContext, fixture: Fixture) => Pump;
  readonly encodeError: (error: ProxyError, id: string) => object;
}

const PROVIDER = { name: "p", masker: createMasker([]) };
const MODEL = "[p]-m";
const HI = [{ role: "user", content: "hi" }];

/** By the name of the expected file. */
const FRONTS: { readonly [file: string]: Front } = {
  "ollama.ndjson": {
    path: "/api/chat",
    question: { model: MODEL, messages: HI },
    createPump: (context, fixture) => translating(new OllamaEncoder(context, CHAT_SHAPE), context, fixture),
    encodeError,
  },
  "openai.sse": {
    path: "/v1/chat/completions",
    question: { model: MODEL, messages: HI, stream: true },
    createPump: (context) => new OpenAiRelayPump(context, DEFAULT_QUIRKS, { model: MODEL, messages: HI }),
    encodeError: OPENAI_FRONT.encodeError,
  },
  "anthropic.sse": translated("/v1/messages", ANTHROPIC_FRONT, { messages: HI, max_tokens: 100 }),
  "responses.sse": translated("/v1/responses", RESPONSES_FRONT, { input: "hi" }),
};

function translated(path: string, front: FrontDialect, fields: object): Front {
  const question = { model: MODEL, stream: true, ...fields };
  const { createEncoder } = front.decodeRequest(question);
  return {
    path,
    question,
    createPump: (context, fixture) => translating(createEncoder(context), context, fixture),
    encodeError: front.encodeError,
  };
}

function translating(encoder: StreamEncoder, context: ReplyContext, fixture: Fixture): Pump {
  return new TranslatePump(
    {
      framing: OPENAI_UPSTREAM.framing,
      decoder: OPENAI_UPSTREAM.createDecoder(context, DEFAULT_QUIRKS),
      decodeError: OPENAI_UPSTREAM.decodeError,
      hidesReasoning: fixture.client["think"] === false,
      toolNames: new Map(),
      echo: "",
      remember: () => undefined,
    },
    encoder,
  );
}

const CONTEXT: ReplyContext = {
  model: MODEL,
  id: fixedRuntime().randomId(),
  now: () => NOW_MS,
  startedAtMs: NOW_MS,
  inputTokensEstimate: 1,
};

/** What a client gets when the body arrives in the given pieces: as `LiveReply` does it, without sockets. */
function replay(fixture: Fixture, pieces: Iterable<Uint8Array>, front: Front): string {
  const pump = front.createPump(CONTEXT, fixture);
  let out = "";
  try {
    for (const piece of pieces) {
      out += pump.push(piece);
      if (pump.phase === "done") break;
    }
    return out + pump.end();
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    const failure = error.from(PROVIDER);
    // Before the first text an error is the whole reply.
    const isWhole = out === "" && !pump.hasText;
    return isWhole ? JSON.stringify(front.encodeError(failure, CONTEXT.id)) : out + pump.fail(failure);
  }
}

function* cutEvery(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Pieces of 1 to 40 bytes, the same for the same seed. */
function* cutAtRandom(bytes: Uint8Array, seed: number): Generator<Uint8Array> {
  let state = seed;
  for (let at = 0; at < bytes.length;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const size = 1 + ((state >>> 16) % 40);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Refused in CI: there the files are the truth. */
const UPDATES = process.env["UPDATE"] !== undefined && process.env["CI"] === undefined;

const fixtures = await loadFixtures();

test.each(named(fixtures))(
  "$name reaches the client through sockets, whole and byte by byte",
  async ({ fixture }) => {
    let size = fixture.body.length;
    using upstream = startUpstream(
      () =>
        new Response(inPieces(fixture.body, size), {
          status: fixture.status,
          headers: { "content-type": fixture.content_type },
        }),
    );
    await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
    for (const [file, { path, question }] of frontsFor(fixture)) {
      for (size of [fixture.body.length, 1]) {
        const body = fixture.request ?? JSON.stringify({ ...question, ...fixture.client });
        const response = await fetch(app.url + path, { method: "POST", body });
        const text = await response.text();
        if (UPDATES) await fixture.file(file).write(text);
        expect(text).toBe(await fixture.file(file).text());
        const { expect_status, relayed_status = expect_status } = fixture;
        expect(response.status).toBe(file === "openai.sse" ? relayed_status : expect_status);
      }
    }
    if (fixture.request === undefined) return;
    const sent = `${JSON.stringify(JSON.parse(upstream.received[0]?.text ?? ""), null, 2)}\n`;
    if (UPDATES) await fixture.file("upstream-request.json").write(sent);
    expect(sent).toBe(await fixture.file("upstream-request.json").text());
  },
);

// A refusal has a status and a plain body: there are no frames to cut.
const streams = fixtures.filter(({ status }) => status === 200);

test.each(named(streams))("$name is the same however it is cut", async ({ fixture }) => {
  for (const [file, front] of frontsFor(fixture)) {
    const expected = await fixture.file(file).text();
    for (let size = 1; size <= fixture.body.length; size += 1) {
      expect(replay(fixture, cutEvery(fixture.body, size), front)).toBe(expected);
    }
    for (let seed = 1; seed <= 50; seed += 1) {
      expect(replay(fixture, cutAtRandom(fixture.body, seed), front)).toBe(expected);
    }
  }
});

/** What a fixture asks in one dialect is answered in that dialect. */
function frontsFor(fixture: Fixture): readonly (readonly [file: string, front: Front])[] {
  const all = Object.entries(FRONTS);
  const isOllamas = fixture.request !== undefined || Object.keys(fixture.client).length > 0;
  return isOllamas ? all.filter(([file]) => file === "ollama.ndjson") : all;
}

function named(list: readonly Fixture[]): { readonly name: string; readonly fixture: Fixture }[] {
  return list.map((fixture) => ({ name: fixture.name, fixture }));
}

test("no recording holds a key", async () => {
  for (const fixture of fixtures) {
    expect(new TextDecoder().decode(fixture.body)).not.toMatch(/sk-[A-Za-z0-9]{8}|Bearer [A-Za-z0-9]{8}/);
  }
});
