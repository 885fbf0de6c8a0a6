/**
 * Sends requests to providers the way an app would: through the whole program, which is started in this process on a free port. What
 * is learned from a provider's errors therefore applies, and every error has the words that apps would show.
 */
import * as v from "valibot";
import { startApp } from "../app.ts";
import { parseConfig } from "../config/load.ts";
import type { ProviderConfig } from "../config/schema.ts";
import { messageOf, secrets } from "./console.ts";
import { FORBIDDEN, quietRuntime } from "./query-providers.ts";

const TIMEOUT_MS = 60_000;

export type Trial =
  | { readonly type: "reply"; readonly firstByteMs: number }
  /** The key was rejected, or its credit is spent. */
  | { readonly type: "rejected"; readonly message: string }
  | { readonly type: "failed"; readonly status: number; readonly message: string };

/** Gives `use` the address of the program with these providers. */
export async function withTrialApp<T>(
  providers: readonly ProviderConfig[],
  version: string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const { config } = parseConfig("port: 0\nattempts: {max_requests: 4, max_wait: 5s}\n", "trial.yaml", {});
  const app = await startApp({
    config: { ...config, providers },
    runtime: quietRuntime(),
    version,
    configPath: "",
    origins: undefined,
    drainTimeoutMs: 0,
    secrets,
    historyPath: undefined,
  });
  try {
    return await use(app.urls[0] ?? "");
  } finally {
    await app.stop();
  }
}

/** Asks a model for one token. `provider` is the name of the provider. Never rejects. */
export async function askOneToken(url: string, provider: string, model: string): Promise<Trial> {
  const sentAtMs = performance.now();
  try {
    const response = await fetch(`${url}/api/chat`, {
      method: "POST",
      body: JSON.stringify({
        model: `[${provider}]-${model}`,
        messages: [{ role: "user", content: "Hi" }],
        options: { num_predict: 1 },
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      proxy: false,
    });
    const firstByteMs = performance.now() - sentAtMs;
    const message = errorIn(await response.text())?.replace(`[${provider}] `, "");
    if (message === undefined && response.ok) return { type: "reply", firstByteMs };
    const type = response.status === FORBIDDEN ? "rejected" : "failed";
    return { type, status: response.status, message: message ?? `status ${response.status}` };
  } catch (error) {
    return { type: "failed", status: 0, message: messageOf(error) };
  }
}

const errorSchema = v.pipe(v.string(), v.parseJson(), v.object({ error: v.string() }));

/** The error in one of the lines of a reply. */
function errorIn(text: string): string | undefined {
  for (const line of text.split("\n")) {
    const parsed = v.safeParse(errorSchema, line);
    if (parsed.success) return parsed.output.error;
  }
  return undefined;
}

const MAX_TRIED = 3;

interface Candidate {
  readonly id: string;
  readonly capabilities?: readonly string[] | undefined;
}

/**
 * Proves the key of a provider with one of these models. Models that cannot chat are passed over. The error of one model proves
 * nothing, so the next is tried.
 */
export async function proveKey(
  url: string,
  provider: string,
  models: readonly Candidate[],
): Promise<{ readonly model: string | undefined; readonly trial: Trial }> {
  const chats = models.filter(({ capabilities }) => capabilities?.includes("completion") ?? true);
  let last: { readonly model: string | undefined; readonly trial: Trial } = {
    model: undefined,
    trial: { type: "failed", status: 0, message: "no model can be asked" },
  };
  for (const { id } of chats.slice(0, MAX_TRIED)) {
    last = { model: id, trial: await askOneToken(url, provider, id) };
    if (last.trial.type !== "failed") return last;
  }
  return last;
}

/** `350 ms` or `2.1 s`. */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
