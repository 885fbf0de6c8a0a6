/**
 * Limits on what requests may cost. A reply is counted when it has ended; when a limit is reached, the next request is refused, or
 * goes to a candidate without that limit.
 */
import { ProxyError } from "../chat/error.ts";
import type { Log } from "../runtime.ts";
import type { RecordSink, RequestRecord } from "./record.ts";

/** Applies to the requests that have all named properties; to every request when none is named. */
export interface SpendingLimit {
  readonly provider?: string | undefined;
  /** As lists show it. */
  readonly model?: string | undefined;
  /** The name of the app, without a version. */
  readonly app?: string | undefined;
  /** The name of the client's key. */
  readonly key?: string | undefined;
  /** US dollars. Requests whose cost is not known are not counted. */
  readonly usd?: number | undefined;
  /** Input and output. */
  readonly tokens?: number | undefined;
  /** The span of the local time zone, from its beginning. */
  readonly per: "day" | "month";
}

interface Spent {
  readonly usd: number;
  readonly tokens: number;
}

/** What was spent before, from the history. */
export type FindSpent = (limit: SpendingLimit, sinceMs: number) => Spent;

/** What a limit applies to. */
interface Subject extends Pick<SpendingLimit, "provider" | "app" | "key"> {
  /** The names under which a limit may name the model: the one that was asked for, and the one behind an alias. */
  readonly models: readonly (string | undefined)[];
}

/** `listed` is the name as lists show it, `id` the provider's own name of the model. */
export function namesOf(
  listed: string | undefined,
  provider: string | undefined,
  id: string | undefined,
): readonly (string | undefined)[] {
  return [listed, provider === undefined || id === undefined ? undefined : `[${provider}]-${id}`];
}

interface Counted {
  readonly limit: SpendingLimit;
  usd: number;
  tokens: number;
  /** The beginning of the span that is counted. */
  sinceMs: number;
  hasWarned: boolean;
}

/** The log warns at this part of a limit. */
const WARN_AT = 0.8;

export class Spending implements RecordSink {
  readonly #now: () => number;
  readonly #log: Log;
  #counted: readonly Counted[] = [];

  constructor(now: () => number, log: Log) {
    this.#now = now;
    this.#log = log;
  }

  /** Keeps the counts of limits that were there before. */
  configure(limits: readonly SpendingLimit[], findSpent: FindSpent): void {
    const known = new Map(this.#counted.map((counted) => [JSON.stringify(counted.limit), counted]));
    this.#counted = limits.map((limit) => known.get(JSON.stringify(limit)) ?? this.#begin(limit, findSpent));
  }

  readonly ended = (record: RequestRecord): void => {
    if (this.#counted.length === 0) return;
    const { provider, key, listedModel, upstreamModel } = record;
    const { inputTokens = 0, outputTokens = 0 } = record.usage ?? {};
    const models = namesOf(listedModel, provider, upstreamModel);
    const subject = { provider, key, models, app: appOf(record.app) };
    for (const counted of this.#counted) {
      if (!applies(counted.limit, subject)) continue;
      this.#renew(counted);
      counted.usd += record.cost?.usd ?? 0;
      counted.tokens += inputTokens + outputTokens;
      if (counted.hasWarned || partOf(counted) < WARN_AT) continue;
      counted.hasWarned = true;
      const percent = Math.round(partOf(counted) * 100);
      this.#log("warn", `${percent}% of a limit is spent: ${describe(counted)}`);
    }
  };

  /** The error for a request that a limit refuses; undefined: none does. */
  refusal(subject: Subject): ProxyError | undefined {
    if (this.#counted.length === 0) return undefined;
    const asked = { ...subject, app: appOf(subject.app) };
    for (const counted of this.#counted) {
      if (!applies(counted.limit, asked)) continue;
      this.#renew(counted);
      if (partOf(counted) < 1) continue;
      const message = `A limit of ollama-proxy is reached: ${describe(counted)}. Raise it under "limits" in ollama-proxy.yaml, or wait for the next ${counted.limit.per}`;
      return new ProxyError("no-credit", message);
    }
    return undefined;
  }

  /** Every limit in words, with what is spent. */
  list(): readonly string[] {
    for (const counted of this.#counted) this.#renew(counted);
    return this.#counted.map(describe);
  }

  #begin(limit: SpendingLimit, findSpent: FindSpent): Counted {
    const sinceMs = beginningOf(limit.per, this.#now());
    return { limit, ...findSpent(limit, sinceMs), sinceMs, hasWarned: false };
  }

  #renew(counted: Counted): void {
    const sinceMs = beginningOf(counted.limit.per, this.#now());
    if (sinceMs === counted.sinceMs) return;
    Object.assign(counted, { usd: 0, tokens: 0, sinceMs, hasWarned: false });
  }
}

/** The name in a User-Agent: `Zed` of `Zed/1.2 (linux)`. */
function appOf(userAgent: string | undefined): string | undefined {
  return userAgent === undefined ? undefined : /^[^\s/]*/.exec(userAgent.trim())?.[0];
}

function applies(limit: SpendingLimit, subject: Subject): boolean {
  return (
    matches(limit.provider, subject.provider) &&
    (limit.model === undefined || subject.models.some((model) => matches(limit.model, model))) &&
    matches(limit.app, subject.app) &&
    matches(limit.key, subject.key)
  );
}

function matches(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === found?.toLowerCase();
}

function partOf({ limit, usd, tokens }: Counted): number {
  return Math.max(
    limit.usd === undefined ? 0 : usd / limit.usd,
    limit.tokens === undefined ? 0 : tokens / limit.tokens,
  );
}

/** `provider openrouter: $4.02 of $5.00 a day`. */
function describe({ limit, usd, tokens }: Counted): string {
  const subjects = (["provider", "model", "app", "key"] as const).flatMap((name) =>
    limit[name] === undefined ? [] : `${name} ${limit[name]}`,
  );
  const amounts = [
    ...(limit.usd === undefined ? [] : [`$${usd.toFixed(2)} of $${limit.usd.toFixed(2)}`]),
    ...(limit.tokens === undefined ? [] : [`${tokens} of ${limit.tokens} tokens`]),
  ];
  return `${subjects.join(", ") || "all requests"}: ${amounts.join(" and ")} a ${limit.per}`;
}

function beginningOf(per: SpendingLimit["per"], nowMs: number): number {
  const now = new Date(nowMs);
  return new Date(now.getFullYear(), now.getMonth(), per === "day" ? now.getDate() : 1).getTime();
}
