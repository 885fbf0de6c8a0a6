/**
 * The schemas of single values of a configuration.
 *
 * Messages are printed with the line of the file, so they only say what was expected.
 */
import * as v from "valibot";
import { UPSTREAM_API_NAMES } from "../apis/upstream-api.ts";
import { isCertainlyKey, isKeyLike } from "./key-like.ts";
import { didYouMean, sameElsewhere } from "./nearest.ts";
import { cleanSecret, completeUrl, findUrlFault, isPlainKey, parseDuration } from "./values.ts";

export const text = v.string("Expected text; put the value in quotes");
export const requiredText = v.pipe(text, v.trim(), v.nonEmpty("Expected text, got an empty value"));

export const name = v.pipe(
  requiredText,
  v.regex(
    /^[\p{L}\p{M}\p{N}._-]{1,64}$/u,
    "Expected a short name of letters, digits, `.`, `_` and `-`, such as `aliyun`: models appear as [aliyun]-…",
  ),
  v.check(
    (value) => !isCertainlyKey(value),
    "Expected a short name, got a value that looks like a key; clients would see it in the names of models",
  ),
);

/** Why text cannot be the name of a provider; undefined when it can. */
export function findNameFault(value: string): string | undefined {
  return v.safeParse(name, value).issues?.[0].message;
}

export const url = v.pipe(
  text,
  v.transform(completeUrl),
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? findUrlFault(dataset.value) : undefined;
    if (fault !== undefined)
      addIssue({ message: `Expected a URL such as https://api.example.com/v1; ${fault}` });
  }),
);

export const secret = v.pipe(
  text,
  v.transform(cleanSecret),
  v.check(
    (value) => value === undefined || isPlainKey(value),
    "Expected a key of printable ASCII characters; this key contains a space, a control character or a non-ASCII character",
  ),
  v.check(
    (value) => value === undefined || !/^https?:\/\//i.test(value),
    "Expected a key, got a URL: are `url` and `secret` swapped?",
  ),
);

/** One key, or several that take turns. The same key twice counts once. */
const oneSecret = v.pipe(
  secret,
  v.transform((key) => [key]),
);

const severalSecrets = v.array(secret, "Expected a key, or a list of keys");

export const secrets = v.pipe(
  Object.assign(
    v.lazy((value) => (typeof value === "string" ? oneSecret : severalSecrets)),
    // For the JSON schema that editors use.
    { options: [secret, severalSecrets] },
  ),
  v.transform((keys) => [...new Set(keys.filter((key) => key !== undefined))]),
  v.readonly(),
);

/** `a, b, or c`. `Intl.ListFormat` takes milliseconds at the start of the program. */
function either(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  const others = words.slice(0, -1);
  return others.length < 2 ? [...others, last].join(" or ") : `${others.join(", ")}, or ${last}`;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export const apiType = v.pipe(
  text,
  v.trim(),
  v.toLowerCase(),
  v.picklist(UPSTREAM_API_NAMES, `Expected ${either(UPSTREAM_API_NAMES.map(capitalized))}`),
);

export const headers = v.pipe(
  v.custom<{ readonly [name: string]: unknown }>(isMapping, "Expected a mapping of header names to values"),
  v.record(
    v.pipe(text, v.regex(/^[\w!#$%&'*+.^`|~-]+$/, "Expected the name of a header, such as x-api-key")),
    v.pipe(
      text,
      v.trim(),
      v.regex(
        /^[\t\x20-\x7e\x80-\xff]*$/,
        "Expected one line of text; headers cannot contain other characters",
      ),
    ),
  ),
  v.readonly(),
);

export const duration = v.pipe(
  v.union([v.string(), v.number()], "Expected a time such as 30s, 500ms, 10m or 1h"),
  v.transform(parseDuration),
  v.number("Expected a time such as 30s, 500ms, 10m or 1h, at most 24h"),
);

export const timeouts = v.pipe(
  mapping({
    first_byte: v.nullish(duration, "10m"),
    idle: v.nullish(duration, "5m"),
  }),
  v.transform((value) => ({
    firstByteMs: value.first_byte,
    idleMs: value.idle,
  })),
  v.readonly(),
);

const DEFAULT_KEEP_DAYS = 90;
const DEFAULT_MAX_MEGABYTES = 100;

export function positive(unit: string) {
  return v.pipe(
    v.number(`Expected a number of ${unit}`),
    v.integer("Expected a whole number"),
    v.minValue(1, "Expected at least 1"),
  );
}

/** The limits of one client request. */
export const attempts = v.pipe(
  mapping({
    max_requests: v.nullish(
      v.pipe(
        v.number("Expected a number of requests"),
        v.integer("Expected a whole number"),
        v.minValue(1, "Expected at least 1"),
      ),
      6,
    ),
    max_wait: v.nullish(duration, "10s"),
  }),
  v.transform((value) => ({ maxRequests: value.max_requests, maxWaitMs: value.max_wait })),
  v.readonly(),
);

/** How long the history of requests is kept. Undefined: no history is written. */
export const usage = v.pipe(
  v.union(
    [
      v.boolean(),
      mapping({
        keep_days: v.nullish(positive("days"), DEFAULT_KEEP_DAYS),
        max_megabytes: v.nullish(positive("megabytes"), DEFAULT_MAX_MEGABYTES),
      }),
    ],
    "Expected true, false, or a mapping with `keep_days` and `max_megabytes`",
  ),
  v.transform((value) => {
    if (value === false) return undefined;
    if (value === true) return { keepDays: DEFAULT_KEEP_DAYS, maxMegabytes: DEFAULT_MAX_MEGABYTES };
    return { keepDays: value.keep_days, maxMegabytes: value.max_megabytes };
  }),
  v.readonly(),
);
export const openObject = v.pipe(
  v.custom<{ readonly [key: string]: unknown }>(isMapping, "Expected a mapping of keys to values"),
  v.readonly(),
);

export const queryParameters = v.pipe(
  v.custom<{ readonly [name: string]: unknown }>(isMapping, "Expected a mapping of names to values"),
  v.record(v.string(), text),
  v.readonly(),
);

const ADDRESS = /^[\w.:%-]+$/;
const WITH_PORT = /^(?:https?:\/\/)?([\w.-]+|\[[\da-f:.]+\]):(\d{1,5})\/?$/i;

/** Why text is not an address to listen on; undefined when it is one. */
export function findAddressFault(value: string): string | undefined {
  const [, address, port] = WITH_PORT.exec(value) ?? [];
  if (address !== undefined)
    return `Expected an address without a port; write \`host: ${withoutBrackets(address)}\` and \`port: ${port}\``;
  return ADDRESS.test(value)
    ? undefined
    : "Expected an address to listen on, such as 127.0.0.1 or 0.0.0.0, without scheme or port";
}

function withoutBrackets(address: string): string {
  return address.replace(/^\[([\da-f:.%]+)\]$/i, "$1");
}

/** Brackets around an IPv6 address are removed. */
export const host = v.pipe(
  requiredText,
  v.transform(withoutBrackets),
  v.rawCheck(({ dataset, addIssue }) => {
    const message = dataset.typed ? findAddressFault(dataset.value) : undefined;
    if (message !== undefined) addIssue({ message });
  }),
);

/** Values of the Host header, without the port. */
export const hostNames = v.pipe(
  v.array(
    v.pipe(
      requiredText,
      v.regex(/^[\p{L}\p{N}_.:-]+$/u, "Expected a host name such as ai.example.com, without scheme or port"),
      v.check((value) => !/^[^:]*:\d+$/.test(value), "Expected a host name without a port"),
    ),
    "Expected a list of host names",
  ),
  v.readonly(),
);

const PORT_EXPECTED = "Expected a port between 0 and 65535";

export const port = v.pipe(
  v.number(PORT_EXPECTED),
  v.integer(PORT_EXPECTED),
  v.minValue(0, PORT_EXPECTED),
  v.maxValue(65_535, PORT_EXPECTED),
);

export function isMapping(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * An object that reports every unknown key; `v.strictObject` stops at the first. `explain` may give a hint for an unknown key, as the end
 * of a sentence.
 */
export function mapping<const Entries extends v.ObjectEntries>(
  entries: Entries,
  explain: (key: string) => string | undefined = () => undefined,
) {
  const known = Object.keys(entries);
  return v.pipe(
    // The entries are for the JSON schema that editors use.
    Object.assign(
      v.custom<{ readonly [key: string]: unknown }>(
        isMapping,
        `Expected a mapping with the keys ${known.join(", ")}`,
      ),
      { entries },
    ),
    v.looseObject(entries, (issue) => `Expected the key ${issue.expected?.replaceAll('"', "`")}`),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!isMapping(dataset.value)) return;
      for (const [key, value] of Object.entries(dataset.value)) {
        if (known.includes(key)) continue;
        const hint =
          explain(key) ??
          sameElsewhere(key, known) ??
          didYouMean(key, known) ??
          `, expected one of ${known.join(", ")}`;
        const message = isKeyLike(key)
          ? "Unknown key that looks like a secret; write it as `secret: …`"
          : `Unknown key \`${key}\`${hint}`;
        addIssue({
          message,
          path: [{ type: "object", origin: "key", input: { ...dataset.value }, key, value }],
        });
      }
    }),
  );
}
