/**
 * What a refusal teaches: which field of the body a host does not take, what it calls it instead, which value it allows.
 *
 *     Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.
 *     {"type":"extra_forbidden","loc":["body","stream_options","include_usage"]}
 *     property 'reasoning_content' is unsupported            Unknown name "top_k": Cannot find field.
 *     Range of max_tokens should be [1, 8192]                This model only support stream mode
 *
 * Samplers and the like may go: the answer stays an answer. What would change its meaning, the tools or the schema, never does.
 */
import { type JsonObject, arrayAt, isObject, parseJson, stringAt } from "../../../wire/json.ts";
import type { RequestFix } from "../../api.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { requirementIn } from "./option-hints.ts";

/** Without them it would not be the client's request any more. */
const KEPT: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "prompt",
  "suffix",
  "tools",
  "response_format",
  "stream",
]);

/** Undefined when the refusal teaches nothing that applies to the body. */
export function findFix(text: string, body: JsonObject, options: ProviderOptions): RequestFix | undefined {
  const value = valueFix(text, body);
  if (value !== undefined) return value;
  const requirement = requirementIn(unescaped(text), options);
  if (requirement !== undefined) return { ...NOTHING, options: requirement };
  const [, from = "", to = ""] =
    /['"`](\w{1,64})['"`] is not supported with this model\. Use ['"`](\w{1,64})['"`] instead/.exec(
      unescaped(text),
    ) ?? [];
  if (from in body && to !== "") return { ...NOTHING, rename: { [from]: to } };
  const named = offendingNames(text).map(snakeCase);
  const inMessages = named
    .filter((name) => name.startsWith("messages."))
    .map((name) => name.split(".").at(-1) ?? "");
  const drop = named
    .map((name) => name.split(".")[0] ?? "")
    .filter((name) => name in body && !KEPT.has(name));
  const dropFromMessages = inMessages.filter(
    (name) => hasInMessages(body, name) && !KEPT_IN_MESSAGES.has(name),
  );
  if (drop.length === 0 && dropFromMessages.length === 0) return undefined;
  return { ...NOTHING, drop: [...new Set(drop)], dropFromMessages: [...new Set(dropFromMessages)] };
}

const NOTHING: RequestFix = { drop: [], rename: {}, dropFromMessages: [], set: {}, options: {} };
const KEPT_IN_MESSAGES: ReadonlySet<string> = new Set(["role", "content", "tool_calls", "tool_call_id"]);

/** The body with the fix; members that the fix does not change stay identical. */
export function applyFix(body: JsonObject, { drop, rename, dropFromMessages, set }: RequestFix): JsonObject {
  const entries = Object.entries(body)
    .filter(([field]) => !drop.includes(field))
    .map(([field, value]): [string, unknown] => [
      rename[field] ?? field,
      field === "messages" ? strip(value, dropFromMessages) : value,
    ]);
  const changed = Object.fromEntries(entries);
  for (const [field, value] of Object.entries(set)) {
    const sent = changed[field];
    changed[field] = typeof sent === "number" && typeof value === "number" ? Math.min(sent, value) : value;
  }
  return changed;
}

function strip(messages: unknown, fields: readonly string[]): unknown {
  if (!Array.isArray(messages) || !fields.some((field) => hasInMessages({ messages }, field)))
    return messages;
  return messages.map((message: unknown) =>
    isObject(message)
      ? Object.fromEntries(Object.entries(message).filter(([field]) => !fields.includes(field)))
      : message,
  );
}

function hasInMessages(body: JsonObject, field: string): boolean {
  return arrayAt(body, "messages").some((message) => isObject(message) && field in message);
}

/** Limits and modes: the field stays, its value changes. */
function valueFix(text: string, body: JsonObject): RequestFix | undefined {
  const limit =
    /max_(?:completion_)?tokens.{0,120}?\[1, ?(\d{1,12})\]|max_(?:completion_)?tokens.{0,160}?(?:<=|less than or equal to) ?`?(\d{1,12})/is.exec(
      text,
    );
  const most = Number(limit?.[1] ?? limit?.[2]);
  const field = ["max_tokens", "max_completion_tokens"].find((name) => typeof body[name] === "number");
  if (limit !== null && field !== undefined && Number(body[field]) > most)
    return { ...NOTHING, set: { [field]: most } };
  const wantsStream =
    /only support(?:s)? stream mode|non-streaming calls|not be support(?:ed)? when `?stream=False/i.test(
      text,
    );
  return wantsStream && body["stream"] !== true ? { ...NOTHING, set: { stream: true } } : undefined;
}

const NAME_PATTERNS: readonly RegExp[] = [
  /Unrecognized request arguments? supplied: ([\w., ]{1,500})/g,
  /Unsupported (?:parameter|value): ['"`]([\w.]{1,100})['"`]/g,
  /Unknown parameter: ['"`]([\w.]{1,100})['"`]/g,
  /property ['"`]([\w.]{1,100})['"`] is unsupported/g,
  /Unknown name "(\w{1,64})"/g,
  /Unsupported parameter\(s\): ([\w,` ]{1,500})/g,
  /\bbody -> (\w{1,64})/g,
  /does not support parameters?:? \{?['"`]?(\w{1,64})/g,
  /`(\w{1,64})` is not supported/g,
  /only 1 is allowed for this model|invalid (temperature)/g,
];

function offendingNames(text: string): readonly string[] {
  const names = forbiddenPaths(parseJson(text));
  // OpenAI writes messages[1].reasoning.
  const plain = unescaped(text).replaceAll(/\[(\d{1,9})\](?=\.\w)/g, ".$1");
  // NIM quotes Python: {'type': 'extra_forbidden', 'loc': ('body', 'prompt_cache_key'), …}
  for (const [, path = ""] of plain.matchAll(/'loc': \('body', ([^()]{0,500})\)/g)) {
    names.push(
      path
        .replaceAll(/['" ]/g, "")
        .split(",")
        .filter((part) => part !== "")
        .join("."),
    );
  }
  for (const pattern of NAME_PATTERNS) {
    for (const [, list = ""] of plain.matchAll(pattern)) names.push(...list.split(/[,` ]+/));
  }
  // Groq: 'messages.2' : for 'role:assistant' … property 'reasoning_content' is unsupported
  const isAboutMessages = /['"`]messages\.\d{1,9}['"`] ?:/.test(plain);
  const coded = coded400(parseJson(text));
  return [...names, ...coded]
    .filter((name) => name !== "")
    .flatMap((name) => (isAboutMessages && !name.includes(".") ? [name, `messages.${name}`] : [name]));
}

/** Deeper than any report seen, and far from the end of the stack. */
const MOST_DEPTH = 20;

/** `loc` of every `extra_forbidden`, without `body`, within `depth` levels. */
function forbiddenPaths(value: unknown, depth = MOST_DEPTH): string[] {
  if (depth === 0) return [];
  const within = (inner: unknown): string[] => forbiddenPaths(inner, depth - 1);
  if (typeof value === "string") return /^\s*[[{]/.test(value) ? within(parseJson(value)) : [];
  if (Array.isArray(value)) return value.flatMap(within);
  if (!isObject(value)) return [];
  const own =
    value["type"] === "extra_forbidden"
      ? [
          arrayAt(value, "loc")
            .filter((part) => part !== "body")
            .join("."),
        ]
      : [];
  return [...own, ...Object.values(value).flatMap(within)];
}

function coded400(value: unknown): readonly string[] {
  const error = isObject(value) ? value["error"] : undefined;
  const code = stringAt(error, "code") ?? "";
  return /^unsupported_(?:parameter|value)$/.test(code) ? [stringAt(error, "param") ?? ""] : [];
}

function unescaped(text: string): string {
  return text.replaceAll('\\"', '"').replaceAll("\\n", "\n");
}

/** `reasoningEffort` means `reasoning_effort`. */
function snakeCase(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}
