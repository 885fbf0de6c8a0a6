/** One row of the history: the facts of a request record that reports need. It contains no text of a request or a reply. */
import type { RequestRecord } from "../pipeline/record.ts";

/** A column of the table `requests`, and its value. The names are those of the database. */
export interface HistoryRow {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly started_at: number;
  /** The name and version of the client, from its User-Agent: `Zed/1.0`. */
  readonly app: string | null;
  /** The name of the client's key. */
  readonly key: string | null;
  readonly path: string;
  /** The name of the model as lists show it; of a model that does not exist, the client's name. */
  readonly model: string;
  readonly provider: string | null;
  /** The provider's name of the model. */
  readonly upstream_model: string | null;
  readonly mode: string | null;
  readonly attempts: number;
  readonly status: number | null;
  readonly outcome: string;
  /** From arrival, in milliseconds. */
  readonly first_byte_ms: number | null;
  /** From arrival, in milliseconds. */
  readonly total_ms: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly reasoning_tokens: number | null;
  /** 1: some counts are estimates. */
  readonly is_estimated: number;
  /** In US dollars; null: not known. */
  readonly cost_usd: number | null;
  /** Who said it: `provider`, its `list` of models, or the `table` of public prices. */
  readonly cost_source: string | null;
}

/** In the order of the table. */
export const COLUMNS: readonly (keyof HistoryRow)[] = [
  "id",
  "started_at",
  "app",
  "key",
  "path",
  "model",
  "provider",
  "upstream_model",
  "mode",
  "attempts",
  "status",
  "outcome",
  "first_byte_ms",
  "total_ms",
  "input_tokens",
  "output_tokens",
  "cached_tokens",
  "reasoning_tokens",
  "is_estimated",
  "cost_usd",
  "cost_source",
];

/** Names come from clients and may be long. */
const MAX_NAME_CHARACTERS = 200;

/** Undefined for a request that asked no model, such as one for a list or a description. `mask` hides secrets. */
export function rowOf(record: RequestRecord, mask: (text: string) => string): HistoryRow | undefined {
  const { usage } = record;
  const model = record.listedModel ?? record.model;
  if (model === undefined || !record.usesModel) return undefined;
  const name = (text: string | undefined): string | null =>
    text === undefined ? null : mask(text).slice(0, MAX_NAME_CHARACTERS).toWellFormed();
  return {
    id: record.id,
    started_at: Math.round(record.startedAtMs),
    app: name(appOf(record.app)),
    key: name(record.key),
    path: name(record.path) ?? "",
    model: name(model) ?? "",
    provider: name(record.provider),
    upstream_model: name(record.upstreamModel),
    mode: record.mode ?? null,
    attempts: record.attempts.length,
    status: record.status ?? null,
    outcome: record.outcome,
    first_byte_ms: record.firstByteMs ?? null,
    total_ms: record.totalMs ?? null,
    input_tokens: usage?.inputTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    cached_tokens: usage?.cachedTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    is_estimated: record.isUsageEstimated ? 1 : 0,
    cost_usd: record.cost?.usd ?? null,
    cost_source: record.cost?.source ?? null,
  };
}

/** The first product of a User-Agent (RFC 9110, section 10.1.5). It names the app; the others name its libraries. */
function appOf(userAgent: string | undefined): string | undefined {
  return userAgent === undefined ? undefined : /^\S*/.exec(userAgent.trim())?.[0];
}
