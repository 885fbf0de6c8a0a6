/** What a user can do when a provider rejects the key. */
import type { ProxyError } from "../chat/error.ts";
import type { ProviderConfig } from "../config/schema.ts";
import { keyUrlOf } from "../options/hosts.ts";

/** The advice for an error of this provider, as the end of a sentence; undefined when it is not about the key. */
export function adviseOnKey(
  { keyPlace, url }: Pick<ProviderConfig, "keyPlace" | "url">,
  { kind }: Pick<ProxyError, "kind">,
): string | undefined {
  const page = keyUrlOf(url);
  if (kind === "no-credit")
    return page === undefined ? undefined : `add credit at ${new URL(page).origin}, or use another provider`;
  if (kind !== "unauthorized") return undefined;
  const check = keyPlace === undefined ? [] : [`check ${keyPlace}`];
  const issue = page === undefined ? [] : [`keys are issued at ${page}`];
  const steps = [...check, ...issue];
  return steps.length === 0 ? undefined : steps.join("; ");
}
