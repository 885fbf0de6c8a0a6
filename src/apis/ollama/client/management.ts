/**
 * Requests that change the models of a server.
 *
 *     POST   /api/pull, /api/push   {"model":"m","stream":true}
 *     POST   /api/create            {"model":"m","from":"base","files":{…},"stream":true}
 *     POST   /api/copy              {"source":"a","destination":"b"}
 *     DELETE /api/delete            {"model":"m"}
 *
 * Older clients send `name` instead of `model`. Errors have the exact messages of the real server.
 */
import { ProxyError } from "../../../chat/error.ts";
import { findNameFault } from "../../../models/name.ts";
import { replaceMember } from "../../../wire/json-edit.ts";
import type { JsonBody } from "../../endpoint.ts";
import { Fields } from "../../shared/go-fields.ts";

/** A change of one model. */
export interface ModelChange {
  /** The name that the client sent. */
  readonly name: string;
  /** Whether the client asks for progress lines. */
  readonly streams: boolean;
  /** The body with the provider's name of the model. */
  readonly encode: (id: string) => string;
}

export interface ModelCreation {
  readonly name: string;
  readonly streams: boolean;
  /** The name that the client sent for the base model. Empty when the model is made from files. */
  readonly from: string;
  /** Whether the request has neither a base model nor files. */
  readonly isEmpty: boolean;
  /** The body with the provider's names. `from` undefined: that name is not replaced. */
  readonly encode: (id: string, from: string | undefined) => string;
}

export interface ModelCopy {
  readonly source: string;
  readonly destination: string;
  readonly encode: (source: string, destination: string) => string;
}

/** Throws `bad-request`. */
export function decodePull(body: JsonBody): ModelChange {
  return decodeChange("PullRequest", body, "invalid model name");
}

/** Throws `bad-request`. */
export function decodePush(body: JsonBody): ModelChange {
  return decodeChange("PushRequest", body, "model is required");
}

/** Throws `bad-request`. */
export function decodeDelete(body: JsonBody): ModelChange {
  return decodeChange("DeleteRequest", body, "model is required");
}

function decodeChange(struct: string, body: JsonBody, unnamed: string): ModelChange {
  const fields = Fields.of(struct, body.value);
  const name = nameIn(fields);
  if (name.trim() === "") throw new ProxyError("bad-request", unnamed);
  return {
    name,
    streams: fields.boolean("stream") ?? true,
    encode: (id) => renamed(body.text, { model: id, name: id }),
  };
}

/** Throws `bad-request`. */
export function decodeCreate(body: JsonBody): ModelCreation {
  const fields = Fields.of("CreateRequest", body.value);
  const name = nameIn(fields);
  const streams = fields.boolean("stream") ?? true;
  const fault = findNameFault(name);
  if (name.trim() === "" || fault !== undefined)
    throw new ProxyError("bad-request", fault ?? "invalid model name");
  const from = fields.string("from") ?? "";
  return {
    name,
    streams,
    from,
    isEmpty: from === "" && fields.unknown("files") === undefined,
    encode: (id, base) =>
      renamed(body.text, { model: id, name: id, ...(base === undefined ? {} : { from: base }) }),
  };
}

/** The reply, with status 400, to a request without a base model and without files. */
export const NOTHING_TO_CREATE = `{"error":"neither 'from' or 'files' was specified"}`;

/** Throws `bad-request`. */
export function decodeCopy(body: JsonBody): ModelCopy {
  const fields = Fields.of("CopyRequest", body.value);
  const [source, destination] = [fields.string("source") ?? "", fields.string("destination") ?? ""];
  if (source.trim() === "" || findNameFault(source) !== undefined) {
    throw new ProxyError("bad-request", invalidName("source", source));
  }
  if (destination.trim() === "" || findNameFault(destination) !== undefined) {
    throw new ProxyError("bad-request", invalidName("destination", destination));
  }
  return {
    source,
    destination,
    encode: (from, to) => renamed(body.text, { source: from, destination: to }),
  };
}

/** The error message for a field with a name that no model can have. */
export function invalidName(field: string, name: string): string {
  return `${field} ${JSON.stringify(name)} is invalid`;
}

function nameIn(fields: Fields): string {
  return (fields.string("model") || fields.string("name")) ?? "";
}

function renamed(text: string, names: { readonly [member: string]: string }): string {
  return Object.entries(names).reduce(
    (body, [member, name]) => replaceMember(body, member, JSON.stringify(name)),
    text,
  );
}

const DIGEST = /^sha256[:-][0-9a-fA-F]{64}$/;

/** Throws `bad-request` when it is not the digest of a model file. */
export function requireDigest(digest: string): void {
  if (!DIGEST.test(digest)) throw new ProxyError("bad-request", "invalid digest format");
}
