/** Proves with real requests that a provider can be used: its list of models, and one token from one of them. */
import * as v from "valibot";
import { parseProvider, type ProviderConfig } from "../../config/schema.ts";
import { isPattern } from "../../models/selection.ts";
import { type ListedModels, listOf, maskSecretsOf } from "../query-providers.ts";
import { formatMs, proveKey, withTrialApp } from "../trial.ts";
import type { Place, Target } from "./draft.ts";

export interface Verified {
  readonly type: "verified";
  readonly place: Place;
  readonly models: ListedModels;
  /** What the test showed, for the user. */
  readonly finding: string;
}

export interface Refused {
  readonly type: "refused";
  readonly message: string;
  /** The provider rejected the key. */
  readonly isRejected: boolean;
}

/** The first place that accepts the key. `chosen` are the names and patterns that the user wants. Never rejects. */
export async function verify(
  target: Target,
  secret: string | undefined,
  chosen: readonly string[],
  version: string,
): Promise<Verified | Refused> {
  let refused: Refused | undefined;
  for (const place of target.places) {
    const result = await verifyPlace({ name: target.name, place, secret, chosen }, version);
    if (result.type === "verified") return result;
    // A rejected key says more than a path that does not exist.
    if (refused === undefined || (result.isRejected && !refused.isRejected)) refused = result;
  }
  return refused ?? { type: "refused", message: "there is no URL to ask", isRejected: false };
}

interface Attempt {
  readonly name: string;
  readonly place: Place;
  readonly secret: string | undefined;
  readonly chosen: readonly string[];
}

async function verifyPlace(attempt: Attempt, version: string): Promise<Verified | Refused> {
  const { place, chosen } = attempt;
  const provider = toProvider(attempt);
  if (typeof provider === "string") return { type: "refused", message: provider, isRejected: false };
  maskSecretsOf([provider]);
  const list = await listOf(provider, version);
  const named = chosen.filter((name) => !isPattern(name)).map((id) => ({ id }));
  if ("error" in list && (list.isRejected || named.length === 0))
    return { type: "refused", message: list.error, isRejected: list.isRejected };
  const models = "models" in list ? list.models : [];
  const { model, trial } = await withTrialApp([provider], version, (url) =>
    proveKey(url, provider.name, [...named, ...models]),
  );
  if (trial.type === "rejected") return { type: "refused", message: trial.message, isRejected: true };
  return { type: "verified", place, models, finding: describe(model, trial) };
}

function describe(model: string | undefined, trial: Awaited<ReturnType<typeof proveKey>>["trial"]): string {
  if (trial.type === "reply") return `"${model}" answered after ${formatMs(trial.firstByteMs)}`;
  if (model === undefined) return "no model for chats is listed, so the key was not tested with a chat";
  return `the key was accepted for the list, but a test of "${model}" failed: ${trial.message}`;
}

/** Returns what is wrong with the settings, if they cannot be used. */
function toProvider({ name, place, secret }: Attempt): ProviderConfig | string {
  try {
    return parseProvider({ name, url: place.url, secret, api_type: place.apiType });
  } catch (error) {
    if (!(error instanceof v.ValiError)) throw error;
    return error.message;
  }
}
