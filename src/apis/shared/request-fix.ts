/** What the request fixes of several upstream APIs have in common. */
import type { JsonObject } from "../../wire/json.ts";
import type { RequestFix } from "../upstream-api.ts";

/** A fix that changes nothing, to which each fix adds its changes. */
export const NO_CHANGE: RequestFix = { drop: [], rename: {}, dropFromMessages: [], set: {}, options: {} };

/** Whether the fix is meant for requests like this one. */
export function isFor({ onlyWith }: RequestFix, body: JsonObject): boolean {
  return onlyWith === undefined || onlyWith in body;
}

/** The body with these values. A number is a limit, so a smaller one of the client stays. */
export function withLimits(body: JsonObject, set: JsonObject): JsonObject {
  const limits = Object.entries(set).map(([field, value]): [string, unknown] => {
    const sent = body[field];
    return [field, typeof sent === "number" && typeof value === "number" ? Math.min(sent, value) : value];
  });
  return limits.length === 0 ? body : { ...body, ...Object.fromEntries(limits) };
}
