/** Which apps have sent requests since the program started, by their `User-Agent`. `ollama-proxy doctor` shows them. */
import type { RecordSink, RequestRecord } from "./record.ts";

export interface RecentApp {
  readonly name: string;
  readonly requests: number;
  /** Milliseconds since the Unix epoch. */
  readonly lastAtMs: number;
}

/** The app that was silent the longest is forgotten. */
const MAX_APPS = 50;
const MAX_NAME_CHARACTERS = 60;

export class RecentApps implements RecordSink {
  /** In the order of their last requests. */
  readonly #apps = new Map<string, RecentApp>();
  readonly #ignoredPath: string;
  readonly #mask: (text: string) => string;

  /** Requests for `ignoredPath` are the user's own, not those of an app. `mask` hides secrets. */
  constructor(ignoredPath: string, mask: (text: string) => string) {
    this.#ignoredPath = ignoredPath;
    this.#mask = mask;
  }

  readonly ended = ({ app, path, startedAtMs }: RequestRecord): void => {
    const name = app?.slice(0, MAX_NAME_CHARACTERS) ?? "";
    if (name === "" || path === this.#ignoredPath) return;
    const requests = (this.#apps.get(name)?.requests ?? 0) + 1;
    this.#apps.delete(name);
    this.#apps.set(name, { name, requests, lastAtMs: startedAtMs });
    const [oldest] = this.#apps.keys();
    if (this.#apps.size > MAX_APPS && oldest !== undefined) this.#apps.delete(oldest);
  };

  /** The last one first. */
  list(): readonly RecentApp[] {
    return [...this.#apps.values()].map((app) => ({ ...app, name: this.#mask(app.name) })).toReversed();
  }
}
