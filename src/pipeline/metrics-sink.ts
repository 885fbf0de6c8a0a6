/**
 * Counts requests for Prometheus. Names and units follow its conventions (prometheus.io/docs/practices/naming), the text its
 * exposition format 0.0.4.
 */
import type { RecordSink, RequestRecord } from "./record.ts";

/** Upper bounds in seconds: local providers answer in milliseconds, reasoning models in minutes. */
const FIRST_BYTE_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const DURATION_BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** Sets of labels of one metric. Names of models come from clients, so more are counted together, under `other`. */
const MAX_SERIES = 1000;

interface Labels {
  readonly [name: string]: string;
}

export class MetricsSink implements RecordSink {
  /** Whether ended requests are counted. */
  isEnabled = false;
  readonly #requests = new Counter(
    "ollama_proxy_requests_total",
    "Requests of clients for a model, by outcome",
  );
  readonly #attempts = new Counter(
    "ollama_proxy_attempts_total",
    "Requests to providers, by status; none: no response",
  );
  readonly #tokens = new Counter(
    "ollama_proxy_tokens_total",
    "Tokens; output contains reasoning, input contains cached",
  );
  readonly #firstByte = new Histogram(
    "ollama_proxy_first_byte_seconds",
    "Time from the arrival of a request to the first byte of its reply",
    FIRST_BYTE_BOUNDS,
  );
  readonly #duration = new Histogram(
    "ollama_proxy_request_duration_seconds",
    "Time from the arrival of a request to the end of its reply",
    DURATION_BOUNDS,
  );
  #running = 0;

  readonly began = (): void => {
    this.#running += 1;
  };

  readonly ended = (record: RequestRecord): void => {
    this.#running -= 1;
    if (!this.isEnabled || !record.usesModel) return;
    const { provider = "", upstreamModel = "", path, outcome, usage, firstByteMs, totalMs } = record;
    const model = { provider, model: upstreamModel };
    this.#requests.add({ path, ...model, outcome }, 1);
    for (const { provider: name, status } of record.attempts)
      this.#attempts.add({ provider: name, status: String(status ?? "none") }, 1);
    for (const [type, member] of TOKEN_TYPES) {
      const amount = usage?.[member];
      if (amount !== undefined) this.#tokens.add({ ...model, type }, amount);
    }
    if (firstByteMs !== undefined && outcome === "complete")
      this.#firstByte.observe(model, firstByteMs / 1000);
    if (totalMs !== undefined) this.#duration.observe({ path, provider }, totalMs / 1000);
  };

  /** The text of all metrics. */
  render(version: string): string {
    const process = [
      gauge("ollama_proxy_build_info", "The version of the program", { version }, 1),
      gauge("ollama_proxy_requests_in_progress", "Requests whose reply has not ended", {}, this.#running),
    ];
    const counted = [this.#requests, this.#attempts, this.#tokens, this.#firstByte, this.#duration];
    return [...process, ...counted.map((metric) => metric.render())].join("");
  }
}

/** The value of the label `type`, and the member of the usage. */
const TOKEN_TYPES = Object.entries({
  input: "inputTokens",
  output: "outputTokens",
  cached: "cachedTokens",
  reasoning: "reasoningTokens",
} as const);

/** Values by their labels, which are written only once. */
class Series<V> {
  readonly #values = new Map<string, V>();
  readonly #create: () => V;

  constructor(create: () => V) {
    this.#create = create;
  }

  of(labels: Labels): V {
    const key = textOf(labels);
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const isFull = this.#values.size >= MAX_SERIES;
    if (isFull && !Object.values(labels).every((value) => value === OTHER)) return this.of(others(labels));
    const created = this.#create();
    this.#values.set(key, created);
    return created;
  }

  entries(): Iterable<[string, V]> {
    return this.#values.entries();
  }
}

const OTHER = "other";

function others(labels: Labels): Labels {
  return Object.fromEntries(Object.keys(labels).map((name) => [name, OTHER]));
}

class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #series = new Series(() => ({ value: 0 }));

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels, amount: number): void {
    this.#series.of(labels).value += amount;
  }

  render(): string {
    const lines = [...this.#series.entries()].map(([labels, { value }]) => line(this.#name, labels, value));
    return head(this.#name, this.#help, "counter") + lines.join("");
  }
}

class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #series: Series<{ sum: number; count: number; readonly buckets: number[] }>;

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#series = new Series(() => ({ sum: 0, count: 0, buckets: bounds.map(() => 0) }));
  }

  observe(labels: Labels, seconds: number): void {
    const series = this.#series.of(labels);
    series.sum += seconds;
    series.count += 1;
    // Buckets are cumulative.
    for (const [index, bound] of this.#bounds.entries())
      if (seconds <= bound) series.buckets[index] = (series.buckets[index] ?? 0) + 1;
  }

  render(): string {
    const lines = [...this.#series.entries()].map(([labels, { sum, count, buckets }]) => {
      const bucket = (bound: string, value: number): string =>
        line(`${this.#name}_bucket`, `${labels},le="${bound}"`, value);
      return [
        ...buckets.map((value, index) => bucket(String(this.#bounds[index]), value)),
        bucket("+Inf", count),
        line(`${this.#name}_sum`, labels, sum),
        line(`${this.#name}_count`, labels, count),
      ].join("");
    });
    return head(this.#name, this.#help, "histogram") + lines.join("");
  }
}

function gauge(name: string, help: string, labels: Labels, value: number): string {
  return head(name, help, "gauge") + line(name, textOf(labels), value);
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: string, value: number): string {
  return labels === "" ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
}

function textOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

const MAX_LABEL_CHARACTERS = 200;

function escaped(value: string): string {
  const short = value.slice(0, MAX_LABEL_CHARACTERS).toWellFormed();
  return short
    .replaceAll("\\", String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`);
}
