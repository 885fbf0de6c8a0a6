/**
 * Replays every recorded reply of a provider through every front, in memory and through sockets, cut in every way: the
 * client must get the expected file, byte for byte. `UPDATE=1 bun test wire` writes missing and changed files.
 */
import { expect, test } from "bun:test";
import { MESSAGES } from "../src/apis/anthropic/client/endpoints.ts";
import { encodeError as encodeAnthropicError } from "../src/apis/anthropic/client/errors.ts";
import type { ClientRequest, Endpoint, RelayContext, StreamTranslator } from "../src/apis/api.ts";
import { CHAT } from "../src/apis/ollama/client/endpoints.ts";
import { encodeError as encodeOllamaError } from "../src/apis/ollama/client/errors.ts";
import { CHAT_COMPLETIONS } from "../src/apis/openai/client/endpoints.ts";
import { RESPONSES } from "../src/apis/responses/client/endpoints.ts";
import { encodeError as encodeOpenAiError } from "../src/apis/shared/openai-errors.ts";
import { UPSTREAM_APIS } from "../src/apis/upstreams.ts";
import { ProxyError } from "../src/chat/error.ts";
import { createMasker } from "../src/masker.ts";
import { DEFAULT_OPTIONS } from "../src/options/options.ts";
import { chatTranslator } from "../src/pipeline/translate.ts";
import { startTestApp, testProvider } from "./support/app.ts";
import { type Fixture, loadFixtures } from "./support/fixtures.ts";
import { NOW_MS, fixedRuntime } from "./support/runtime.ts";
import { inPieces, startUpstream } from "./support/upstream.ts";

interface Front {
  readonly path: string;
  readonly endpoint: Endpoint;
  readonly encodeError: (error: ProxyError, id: string) => object;
  /** The question that a fixture answers, unless it brings its own. */
  readonly question: { readonly [key: string]: unknown };
}

const PROVIDER = { name: "p", masker: createMasker([]) };
const MODEL = "[p]-m";
const HI = [{ role: "user", content: "hi" }];

/** By the name of the expected file. */
const FRONTS: { readonly [file: string]: Front } = {
  "ollama.ndjson": {
    path: "/api/chat",
    endpoint: CHAT,
    encodeError: encodeOllamaError,
    question: { model: MODEL, messages: HI },
  },
  "openai.sse": {
    path: "/v1/chat/completions",
    endpoint: CHAT_COMPLETIONS,
    encodeError: encodeOpenAiError,
    question: { model: MODEL, messages: HI, stream: true },
  },
  "anthropic.sse": {
    path: "/v1/messages",
    endpoint: MESSAGES,
    encodeError: encodeAnthropicError,
    question: { model: MODEL, stream: true, messages: HI, max_tokens: 100 },
  },
  "responses.sse": {
    path: "/v1/responses",
    endpoint: RESPONSES,
    encodeError: encodeOpenAiError,
    question: { model: MODEL, stream: true, input: "hi" },
  },
};

const CONTEXT: RelayContext = {
  model: MODEL,
  id: fixedRuntime().randomId(),
  now: () => NOW_MS,
  startedAtMs: NOW_MS,
  inputTokensEstimate: 1,
  reportUsage: () => undefined,
};

/** The translator that the pipeline would use. */
function createTranslator({ endpoint }: Front, request: ClientRequest): StreamTranslator {
  const { openai } = UPSTREAM_APIS;
  const { relay } = endpoint;
  const isRelayed = relay?.paths.openai !== undefined && relay.isServed?.(DEFAULT_OPTIONS) !== false;
  if (isRelayed) return relay.createTranslator(request, DEFAULT_OPTIONS, CONTEXT);
  const translated = request.translate();
  if (translated.type !== "chat") throw new Error("The request is no chat");
  return chatTranslator(translated, openai.chat, CONTEXT, {
    options: DEFAULT_OPTIONS,
    toolNames: new Map(),
    storeCall: () => undefined,
  });
}

function decode({ endpoint, question }: Front, fixture: Fixture): ClientRequest {
  if (endpoint.input.type !== "json") throw new Error("The endpoint takes no JSON");
  const value = { ...question, ...fixture.client };
  return endpoint.input.decode({ text: JSON.stringify(value), value });
}

/** What a client gets when the body arrives in the given pieces: as `StreamedReply` does it, without sockets. */
function replay(fixture: Fixture, pieces: Iterable<Uint8Array>, front: Front): string {
  const translator = createTranslator(front, decode(front, fixture));
  let out = "";
  try {
    for (const piece of pieces) {
      out += translator.push(piece);
      if (translator.phase === "done") break;
    }
    return out + translator.end();
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    const failure = error.from(PROVIDER);
    // Before the first text an error is the whole reply.
    const isWhole = out === "" && !translator.hasText;
    return isWhole ? JSON.stringify(front.encodeError(failure, CONTEXT.id)) : out + translator.fail(failure);
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
