/** Replies in which one member, at any depth, has a wrong type. */
import { isObject, parseJson } from "../../../src/wire/json.ts";
import { type Fault, bodyFault } from "./fault.ts";

const VALUES: readonly (readonly [name: string, value: unknown])[] = [
  ["null", null],
  ["number", -1],
  ["text", "text"],
  ["list", []],
  ["object", {}],
  ["true", true],
];

/** No reply of `reply.ts` has more members. */
const MAX_MEMBERS = 20;

/** Whether the rest is a valid reply depends on the member. */
export const MEMBER_FAULTS: readonly Fault[] = Array.from({ length: MAX_MEMBERS }, (_, index) =>
  VALUES.map(([name, value]) =>
    bodyFault(`member-${index}-${name}`, "either", ({ frames }) =>
      frames
        .map((text) => text.replace(/\{.*\}/s, (json) => JSON.stringify(withMember(json, index, value))))
        .join(""),
    ),
  ),
).flat();

/** Replaces member number `index` of the value, counted depth first. After the last member, counting starts again. */
function withMember(json: string, index: number, replacement: unknown): unknown {
  const value = parseJson(json);
  let left = index % countMembers(value);
  const copy = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(member);
    if (!isObject(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, member(inner)]));
  };
  const member = (part: unknown): unknown => {
    left -= 1;
    return left === -1 ? replacement : copy(part);
  };
  return copy(value);
}

function countMembers(value: unknown): number {
  const members: readonly unknown[] = typeof value === "object" && value !== null ? Object.values(value) : [];
  return members.reduce<number>((sum, member) => sum + 1 + countMembers(member), 0);
}
