/**
 * The durations and counts of a reply, of which `ollama run --verbose` makes rates.
 *
 *     "total_duration":3,"load_duration":1,"prompt_eval_count":9,"prompt_eval_duration":1,"eval_count":2,"eval_duration":1
 *
 * Durations are integer nanoseconds above zero, because clients divide by them. The parts never exceed the total.
 */
import type { Usage } from "../../../chat/event.ts";

/** What this proxy measured. */
export interface Measures {
  readonly startedAtMs: number;
  /** The first piece of the reply. For a whole reply, its end. */
  readonly firstEventAtMs: number;
  readonly endedAtMs: number;
  /** Pieces of the reply. They approximate the tokens, because most providers send one token per frame. */
  readonly deltas: number;
  /** An estimate. */
  readonly inputTokens: number;
}

/** The provider's values where it gave them, otherwise the measured ones. */
export function encodeMetrics(usage: Usage, measures: Measures): string {
  const inputTokens = atLeastOne(usage.inputTokens ?? measures.inputTokens);
  const outputTokens = atLeastOne(usage.outputTokens ?? measures.deltas);
  const { totalNs, loadNs, inputNs, outputNs } = durations(usage, measures, { inputTokens, outputTokens });
  return (
    `,"total_duration":${totalNs},"load_duration":${loadNs}` +
    `,"prompt_eval_count":${inputTokens},"prompt_eval_duration":${inputNs}` +
    `,"eval_count":${outputTokens},"eval_duration":${outputNs}`
  );
}

interface Counts {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A loaded model takes about this part of the time to the first token, and not more than this time. */
const LOAD_RATIO = 0.02;
const MAX_LOAD_NS = 50e6;

/** Time to the first token is evaluation of the prompt, and the rest is evaluation of the reply. */
function durations(
  usage: Usage,
  { startedAtMs, firstEventAtMs, endedAtMs }: Measures,
  counts: Counts,
): {
  readonly totalNs: number;
  readonly loadNs: number;
  readonly inputNs: number;
  readonly outputNs: number;
} {
  const measuredNs = (endedAtMs - startedAtMs) * 1e6;
  const waitNs = (firstEventAtMs - startedAtMs) * 1e6;
  const loadNs = atLeastOne(usage.queueNs ?? Math.min(waitNs * LOAD_RATIO, MAX_LOAD_NS));
  const evaluationNs = measuredNs - loadNs;
  const outputNs = atLeastOne(usage.outputNs ?? outputPart(evaluationNs, measuredNs - waitNs, counts));
  const inputNs = atLeastOne(usage.inputNs ?? evaluationNs - outputNs);
  const totalNs = Math.max(atLeastOne(measuredNs), loadNs + inputNs + outputNs);
  return { totalNs, loadNs, inputNs, outputNs };
}

/** Tokens a second. No provider is faster, so a reply above it arrived in one piece after all of it was made. */
const MAX_OUTPUT_SPEED = 5000;
/** Tokens of a prompt are evaluated together, and so about this many times as fast as those of a reply. */
const INPUT_SPEEDUP = 20;

function outputPart(evaluationNs: number, restNs: number, { inputTokens, outputTokens }: Counts): number {
  if (outputTokens * 1e9 <= MAX_OUTPUT_SPEED * restNs) return restNs;
  return evaluationNs * (outputTokens / (outputTokens + inputTokens / INPUT_SPEEDUP));
}

function atLeastOne(value: number): number {
  return Math.max(1, Math.round(value));
}
