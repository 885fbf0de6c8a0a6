/** What the pipeline needs of the rest of the program; made once per configuration. */
import type { CatalogKeeper } from "../models/catalog.ts";
import type { Provider } from "../providers/provider.ts";
import type { Runtime } from "../runtime.ts";
import type { Recorder } from "./record.ts";
import type { ToolCallCache } from "./tool-call-cache.ts";

export interface Services {
  readonly providers: readonly Provider[];
  readonly catalog: CatalogKeeper<Provider>;
  readonly toolCalls: ToolCallCache;
  readonly attempts: AttemptLimits;
  readonly runtime: Runtime;
}

/** What one client request may cost. */
interface AttemptLimits {
  /** Requests to providers, the first included; a long embeddings request is split first. */
  readonly maxRequests: number;
  /** Milliseconds after the client's request arrived, after which none is sent again. */
  readonly maxWaitMs: number;
}

/** One request of a client on its way through the pipeline. */
export interface RequestContext {
  readonly services: Services;
  readonly recorder: Recorder;
  /** On the clock of `Runtime.now`. */
  readonly startedAtMs: number;
  /** Aborts when the client leaves, or when the program stops. */
  readonly signal: AbortSignal;
}
