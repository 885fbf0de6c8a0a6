/** Keeps for later requests what an error taught. */
import { type LearnedFix, describeFix } from "../providers/learned-fixes.ts";
import type { Candidate } from "./resolve.ts";
import type { RequestContext } from "./services.ts";

/**
 * To be called when the changed request has succeeded, not before: the error may have had another reason. What only
 * helped against the content of this very request is not kept.
 */
export function learn(
  { provider, listed }: Candidate,
  fixes: readonly LearnedFix[],
  { recorder }: RequestContext,
): void {
  const lasting = fixes.filter(({ fix }) => fix.isOnce !== true);
  if (lasting.length === 0) return;
  provider.state.fixes.add(listed.model.id, lasting);
  for (const { fix, error } of lasting) recorder.changed({ type: "learned", fix: describeFix(fix), error });
}
