/** Tries the candidates of a request one after another. */
import { ProxyError } from "../chat/error.ts";
import type { Answered, Budget, Result } from "./attempt.ts";

/** The reply of the first candidate that gives one. Throws the error of the last one that was tried when none does. */
export async function firstReply<C, R>(
  candidates: readonly C[],
  serveAt: (candidate: C) => Promise<Result<R>>,
  budget: Budget,
): Promise<Answered<R>> {
  let error: ProxyError | undefined;
  for (const [index, candidate] of candidates.entries()) {
    if (index > 0) {
      if (!budget.hasRequests) break;
      budget.spend();
    }
    const result = await serveAt(candidate);
    if (result.type === "reply") return result;
    ({ error } = result);
    if (result.type === "fail") break;
  }
  throw error ?? new ProxyError("internal", "There is no candidate for this request");
}
