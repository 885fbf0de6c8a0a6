/**
 * Measures the cost of one event of a stream in this process, compared with only parsing and writing its JSON. Prints microseconds per
 * event, and fails when a translation takes more than 3 times as long. Only the ratios within one run are reliable.
 */
import type { RelayContext } from "../../src/apis/endpoint.ts";
import { CHAT } from "../../src/apis/ollama/client/endpoints.ts";
import { LineRelay } from "../../src/apis/ollama/relay.ts";
import { UPSTREAM_APIS } from "../../src/apis/upstreams.ts";
import { DEFAULT_OPTIONS } from "../../src/options/options.ts";
import { chatTranslator } from "../../src/pipeline/translate.ts";
import { clientApi } from "../support/client-api.ts";

const EVENTS = 20_000;
const ROUNDS = 9;
const MAX_TIMES_FLOOR = 3;
const WORDS = ["The", " quick", " brown", ' "fox"', " jumps", "\n", " 狐狸", " over", " the", " lazy dog"];

const context: RelayContext = {
  model: "[p]-m",
  id: "abcdefgh01234567",
  now: () => performance.timeOrigin + performance.now(),
  startedAtMs: Date.now(),
  inputTokensEstimate: 1,
  clientHeaders: new Headers(),
  reportUsage: () => undefined,
};

const chat = clientApi(CHAT, () => ({})).decodeRequest({
  model: "[p]-m",
  messages: [{ role: "user", content: "hi" }],
});

const utf8 = new TextEncoder();
const chunks = Array.from({ length: EVENTS }, (_, index) => ({
  id: "chatcmpl-7027d986-3c59-a37a-9a5f-50713e01c8a6",
  object: "chat.completion.chunk",
  created: 1770772293,
  model: "grok-3-mini",
  choices: [{ index: 0, delta: { content: WORDS[index % 10] }, logprobs: null, finish_reason: null }],
  system_fingerprint: "fp_2a885414fb",
}));
const events = chunks.map((chunk) => utf8.encode(`data: ${JSON.stringify(chunk)}\n\n`));
const texts = chunks.map((chunk) => JSON.stringify(chunk));
const lines = WORDS.map((content) =>
  utf8.encode(
    `{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":${JSON.stringify(content)}},"done":false}\n`,
  ),
);
const blocks = inBlocks(events, 16_384);

function inBlocks(pieces: readonly Uint8Array[], size: number): readonly Uint8Array[] {
  const all = Buffer.concat(pieces);
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.subarray(index * size, (index + 1) * size),
  );
}

function translate(pieces: readonly Uint8Array[]): number {
  const translator = chatTranslator(chat, UPSTREAM_APIS.openai.chat, context, {
    options: DEFAULT_OPTIONS,
    toolNames: new Map(),
    history: { storeCall: () => undefined, storeThinking: () => undefined },
  });
  let length = 0;
  for (const piece of pieces) length += translator.push(piece).length;
  return length;
}

function relay(): number {
  const translator = new LineRelay("[p]-m", "reply", context.reportUsage);
  let length = 0;
  for (let index = 0; index < EVENTS; index += 1)
    length += translator.push(lines[index % 10] ?? new Uint8Array()).length;
  return length;
}

function floor(): number {
  let length = 0;
  for (const text of texts) length += JSON.stringify(JSON.parse(text)).length;
  return length;
}

/** Median microseconds per event. */
function measure(name: string, run: () => number): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + 3; round += 1) {
    const startedNs = Bun.nanoseconds();
    run();
    times.push((Bun.nanoseconds() - startedNs) / EVENTS / 1000);
  }
  const median = times.slice(3).toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  console.log(`${name.padEnd(34)} ${median.toFixed(2)} µs/event`);
  return median;
}

const floorUs = measure("floor: parse and write the JSON", floor);
const singleUs = measure("translate, one event a chunk", () => translate(events));
measure("translate, 16 KiB chunks", () => translate(blocks));
measure("relay, one line a chunk", relay);
const ratio = singleUs / floorUs;
console.log(`translating costs ${ratio.toFixed(2)} times the floor`);
if (ratio > MAX_TIMES_FLOOR) process.exit(1);
