/**
 * The fields that an error response rejects by name.
 *
 *     Unsupported parameter: 'max_tokens' is not supported with this model.
 *     {"type":"extra_forbidden","loc":["body","stream_options","include_usage"]}
 *     body.store: property 'body.store' is unsupported       Unknown name "top_k": Cannot find field.
 */
import { arrayAt, isObject, parseJson, stringAt } from "../../wire/json.ts";

/** Each pattern captures one name, or several names with commas between them. */
const NAME_PATTERNS: readonly RegExp[] = [
  /Unrecognized request arguments? supplied: ([\w., ]{1,500})/g,
  /Unsupported parameter\(s\): ([\w,` ]{1,500})/g,
  /Unsupported (?:parameter|value|param|field|argument|option)s?:? ['"`]?([\w.]{1,100})/gi,
  /(?:Unknown|Unrecognized|Unexpected|Additional) (?:parameter|param|field|argument|property|key|keyword|option)s?(?:\(s\))?(?: in object)?:? ['"`]([\w.]{1,100})['"`]/gi,
  /(?:unexpected|unknown) keyword argument ['"`]([\w.]{1,100})/gi,
  /(?:property|parameter|param|field|argument|option) ['"`]([\w.]{1,100})['"`] (?:is|are) (?:un|not )(?:supported|recognized|known|expected|permitted|allowed)/gi,
  /Unknown name "(\w{1,64})"/g,
  /\bbody -> (\w{1,64})/g,
  /['"`]([\w.]{1,100})['"`] (?:is not (?:supported|allowed|permitted)|was unexpected|is deprecated for)/g,
  /\b([a-z]\w{1,63}) (?:is|are) not (?:supported|permitted)\b/g,
  /does ?n[o']t support (?:the )?(?:parameters?|fields?|options?|arguments?)?:? ?\{?['"`]?(\w{1,64})/g,
  /not supported (?:on|by|for|with) this model: (\w{1,64})/gi,
  /\b([\w.]{1,100})['"`]?: (?:Extra inputs are not permitted|Extra fields not permitted|Unknown field|Unrecognized key)/gi,
  /Extra inputs are not permitted, field: ['"`]([\w.]{1,100})/gi,
  /only 1 is allowed for this model|invalid (temperature)/g,
];

/**
 * Paths with dots, without `body`. Paths inside a message begin with `messages.` and its number. `text` is
 * the body of the error response.
 */
export function refusedFields(text: string): readonly string[] {
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
  return [...names, ...codedName(parseJson(text))]
    .map((name) => snakeCase(name.replace(/^(?:body|request)\./, "")))
    .filter((name) => name !== "")
    .flatMap((name) => (isAboutMessages && !name.includes(".") ? [name, `messages.${name}`] : [name]));
}

/** Unescapes quotes and line breaks of JSON text that a provider quotes inside other JSON, once or twice. */
export function unescaped(text: string): string {
  return text
    .replaceAll(String.raw`\\\"`, '"')
    .replaceAll('\\"', '"')
    .replaceAll("\\n", "\n");
}

/** Deeper than any known error response, and small enough for the stack. */
const MAX_DEPTH = 20;

/** `loc` of every `extra_forbidden`, without `body`, within `depth` levels. */
function forbiddenPaths(value: unknown, depth = MAX_DEPTH): string[] {
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

/** OpenAI's `param`, when the error also has a code. */
function codedName(value: unknown): readonly string[] {
  const error = isObject(value) ? value["error"] : undefined;
  const code = stringAt(error, "code") ?? "";
  return /^(?:unsupported|unknown)_(?:parameter|value)$/.test(code) ? [stringAt(error, "param") ?? ""] : [];
}

/** Converts `reasoningEffort` to `reasoning_effort`. */
function snakeCase(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}
