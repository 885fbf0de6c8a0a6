/**
 * The progress of `/api/pull`, `/api/push` and `/api/create`.
 *
 *     {"status":"pulling manifest"}
 *     {"status":"pulling 0123456789ab","digest":"sha256:…","total":9,"completed":9}
 *     {"status":"verifying sha256 digest"}
 *     {"status":"writing manifest"}
 *     {"status":"success"}
 *
 * An error is `{"error":"…"}` as the last line. The `ollama` command recognizes the message for a model that
 * does not exist.
 */
import type { ListedModel } from "../../../chat/model.ts";
import { encodeTags } from "./models.ts";
import { encodeGoJson } from "../../../wire/go-json.ts";
import { arrayAt, numberAt, stringAt } from "../../../wire/json.ts";

const NOT_FOUND = "pull model manifest: file does not exist";

/** The reply to a change that this proxy answers itself. */
export interface ProgressReply {
  /** NDJSON text, for a client that asks for progress lines. */
  readonly stream: string;
  /** JSON text and its status, for other clients. */
  readonly whole: string;
  readonly status: number;
}

/** A model of a provider needs no download, so the reply reports it as complete. */
export function encodePulled(listed: ListedModel): ProgressReply {
  const [tag] = arrayAt(encodeTags([listed]), "models");
  const digest = stringAt(tag, "digest") ?? "";
  const total = numberAt(tag, "size") ?? 0;
  const lines = [
    { status: "pulling manifest" },
    { status: `pulling ${digest.slice(0, 12)}`, digest: `sha256:${digest}`, total, completed: total },
    { status: "verifying sha256 digest" },
    { status: "writing manifest" },
    { status: "success" },
  ];
  return { stream: ndjson(lines), whole: '{"status":"success"}', status: 200 };
}

export function encodePullFailed(): ProgressReply {
  const failure = { error: NOT_FOUND };
  return {
    stream: ndjson([{ status: "pulling manifest" }, failure]),
    whole: JSON.stringify(failure),
    status: 500,
  };
}

export function encodePushRefused(name: string): ProgressReply {
  const failure = { error: `model '${name}' is served by a remote provider and cannot be pushed` };
  const lines = [{ status: "retrieving manifest" }, { status: "couldn't retrieve manifest" }, failure];
  return { stream: ndjson(lines), whole: JSON.stringify(failure), status: 500 };
}

function ndjson(lines: readonly object[]): string {
  return lines.map((line) => `${encodeGoJson(line)}\n`).join("");
}
