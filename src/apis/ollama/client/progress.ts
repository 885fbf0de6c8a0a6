/**
 * The progress of `/api/pull`, `/api/push` and `/api/create`.
 *
 *     {"status":"pulling manifest"}
 *     {"status":"pulling 0123456789ab","digest":"sha256:…","total":9,"completed":9}
 *     {"status":"verifying sha256 digest"}
 *     {"status":"writing manifest"}
 *     {"status":"success"}
 *
 * A failure is `{"error":"…"}` as the last line; the command line recognises the text of a model that does not exist.
 */
import type { ListedModel } from "../../../chat/model.ts";
import { encodeTags } from "./models.ts";
import { arrayAt, numberAt, stringAt } from "../../../wire/json.ts";

export const PULL_NOT_FOUND = "pull model manifest: file does not exist";

/** A model that is served needs no download: it is there, whole. */
export function encodePulled(listed: ListedModel): readonly object[] {
  const [tag] = arrayAt(encodeTags([listed]), "models");
  const digest = stringAt(tag, "digest") ?? "";
  const total = numberAt(tag, "size") ?? 0;
  return [
    { status: "pulling manifest" },
    { status: `pulling ${digest.slice(0, 12)}`, digest: `sha256:${digest}`, total, completed: total },
    { status: "verifying sha256 digest" },
    { status: "writing manifest" },
    { status: "success" },
  ];
}

export function encodePullFailed(): readonly object[] {
  return [{ status: "pulling manifest" }, { error: PULL_NOT_FOUND }];
}
