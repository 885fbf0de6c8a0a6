/** Stores learned fixes for later requests. */
import { type LearnedFix, describeFix } from "../providers/learned-fixes.ts";
import type { Candidate } from "./resolve.ts";
import type { RequestContext } from "./services.ts";

/**
 * Called when the changed request has succeeded, not before, because the error may have had another reason. Fixes that concern only
 * the content of this request are not stored.
 */
export function learn(
  { provider, listed }: Candidate,
  fixes: readonly LearnedFix[],
  { recorder }: RequestContext,
): void {
  const reusable = fixes.filter(({ fix }) => fix.isOnce !== true);
  if (reusable.length === 0) return;
  provider.state.fixes.add(listed.model.id, reusable);
  for (const { fix, error } of reusable) recorder.changed({ type: "learned", fix: describeFix(fix), error });
}
