/** What every route needs to reach a provider, made once per configuration. */
import type { CatalogKeeper } from "../models/catalog.ts";
import type { Provider } from "../providers/provider.ts";
import type { Runtime } from "../runtime.ts";
import type { Lessons } from "../providers/learned-fixes.ts";
import type { CallMemory } from "./tool-call-cache.ts";
import type { LoadedModels } from "../providers/loaded-models.ts";
import type { Shows } from "./shows.ts";

export interface Gateway {
  readonly providers: readonly Provider[];
  readonly catalog: CatalogKeeper<Provider>;
  readonly loaded: LoadedModels;
  readonly shows: Shows;
  readonly lessons: Lessons;
  readonly memory: CallMemory;
  readonly runtime: Runtime;
  /** How long a provider may be silent once its reply is whole, before its counts are given up. */
  readonly countsLimitMs: number;
  /** Gives back what runs in the background; requests in flight may go on. */
  close(): void;
}

/** One request of a client. */
export interface Scope {
  readonly gateway: Gateway;
  /** On the clock of `Runtime.now`. */
  readonly startedAtMs: number;
  /** Aborts when the client leaves, or when we shut down. */
  readonly signal: AbortSignal;
  /** Collects what the request's log line says. */
  readonly note: (fields: Note) => void;
  /** For relays: what the provider says beside its reply reaches the client, as far as it is meant for one. */
  readonly passHeaders: (headers: Headers) => void;
}

export interface Note {
  readonly model?: string;
  readonly provider?: string;
  readonly lane?: "relay" | "translate";
  /** What the client set and the provider does not take. */
  readonly leftOut?: string;
  readonly attempts?: number;
  readonly firstByteMs?: number;
}

/** The answer of a gateway to a client: a whole JSON text, or a reply that is still coming. */
export type Outcome =
  | { readonly type: "whole"; readonly body: string }
  | { readonly type: "live"; readonly reply: LiveText };

interface LiveText {
  /** The next text, never empty; undefined at the end. Never throws: failures are texts too. */
  next(): Promise<string | undefined>;
  cancel(): void;
  readonly error: Error | undefined;
}
