/** What the pipeline needs of the rest of the program. Created once per configuration. */
import type { CatalogKeeper } from "../models/catalog.ts";
import type { Provider } from "../providers/provider.ts";
import type { Runtime } from "../runtime.ts";
import type { RecentApps } from "./recent-apps.ts";
import type { MetricsSink } from "./metrics-sink.ts";
import type { Recorder } from "./record.ts";
import type { Routing } from "./targets.ts";
import type { Spending } from "./spending.ts";
import type { ToolCallCache } from "./tool-call-cache.ts";

export interface Services {
  readonly providers: readonly Provider[];
  readonly catalog: CatalogKeeper<Provider>;
  readonly toolCalls: ToolCallCache;
  readonly routing: Routing;
  readonly attempts: AttemptLimits;
  readonly metrics: MetricsSink;
  readonly spending: Spending;
  readonly runtime: Runtime;
  readonly program: ProgramInfo;
}

/** The running program as it reports itself. */
interface ProgramInfo {
  /** The path of the configuration. */
  readonly configPath: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  readonly recentApps: RecentApps;
}

/** What one client request may cost. */
interface AttemptLimits {
  /** Requests to providers, including the first. Each batch of an embeddings request has its own first request. */
  readonly maxRequests: number;
  /**
   * No retry starts later than this after the arrival of the client's request, in milliseconds. One pause before a retry takes at most
   * half of it. Requests that are changed after an error, and other candidates, are not retries.
   */
  readonly maxWaitMs: number;
}

/** One client request in the pipeline. */
export interface RequestContext {
  readonly services: Services;
  readonly recorder: Recorder;
  /** The headers of the client's request. */
  readonly clientHeaders: Headers;
  /** On the clock of `Runtime.now`. */
  readonly startedAtMs: number;
  /** Aborts when the client disconnects, or when the program stops. */
  readonly signal: AbortSignal;
}
