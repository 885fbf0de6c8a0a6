/**
 * What a configuration may say, and what the program gets to see of it.
 *
 * Keys are snake_case in the file and camelCase here. Variables and secret files are already
 * resolved when a value arrives (see load.ts): nothing here touches disk or environment.
 * Messages end up under a line of the file with a caret, so they only say what was expected.
 */
import * as v from "valibot";
import type { Capability } from "../chat/model.ts";
import { didYouMean } from "./nearest.ts";
import { cleanSecret, findUrlFault, hasUserInfo, isExposed, parseDuration } from "./values.ts";

const CAPABILITIES = [
  "completion",
  "tools",
  "insert",
  "vision",
  "embedding",
  "thinking",
] as const satisfies readonly Capability[];

const API_TYPES = ["openai", "ollama"] as const;

const text = v.string("Expected text; put the value in quotes");
const requiredText = v.pipe(text, v.trim(), v.nonEmpty("Expected text, got an empty value"));

const name = v.pipe(
  requiredText,
  v.regex(
    /^[\p{L}\p{M}\p{N}._-]{1,64}$/u,
    "Expected a short name of letters, digits, `.`, `_` and `-`, such as `aliyun`: models appear as [aliyun]-…",
  ),
);

const url = v.pipe(
  text,
  v.trim(),
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? findUrlFault(dataset.value) : undefined;
    if (fault !== undefined)
      addIssue({ message: `Expected a URL such as https://api.example.com/v1, ${fault}` });
  }),
);

const secret = v.pipe(
  text,
  v.transform(cleanSecret),
  v.check(
    (value) => value === undefined || /^[\x21-\x7e]+$/.test(value),
    "Expected a key of plain printable characters; this one has a blank, a control or a non-ASCII character inside",
  ),
);

const apiType = v.pipe(text, v.trim(), v.toLowerCase(), v.picklist(API_TYPES, "Expected Openai or Ollama"));

const headers = v.pipe(
  v.record(
    v.pipe(text, v.regex(/^[\w!#$%&'*+.^`|~-]+$/, "Expected the name of a header, such as x-api-key")),
    v.pipe(
      text,
      v.trim(),
      v.regex(
        /^[\t\x20-\x7e\x80-\xff]*$/,
        "Expected one line of plain text: headers cannot carry other characters",
      ),
    ),
    "Expected a mapping of header names to values",
  ),
  v.readonly(),
);

const duration = v.pipe(
  v.union([v.string(), v.number()], "Expected a time such as 30s, 500ms, 10m or 1h"),
  v.transform(parseDuration),
  v.number("Expected a time such as 30s, 500ms, 10m or 1h, at most 24h"),
);

const timeouts = v.pipe(
  mapping({
    connect: v.nullish(duration, "30s"),
    first_byte: v.nullish(duration, "10m"),
    idle: v.nullish(duration, "5m"),
  }),
  v.transform((value) => ({
    connectMs: value.connect,
    firstByteMs: value.first_byte,
    idleMs: value.idle,
  })),
  v.readonly(),
);

const namedModel = v.pipe(
  requiredText,
  v.transform((model): ModelOutput => ({ name: model })),
);

const detailedModel = v.pipe(
  mapping({
    name: requiredText,
    context_length: v.nullish(
      v.pipe(
        v.number("Expected a number of tokens"),
        v.integer("Expected a whole number"),
        v.minValue(1, "Expected at least 1"),
      ),
    ),
    capabilities: v.nullish(
      v.array(
        v.picklist(CAPABILITIES, `Expected one of ${CAPABILITIES.join(", ")}`),
        `Expected a list of capabilities: ${CAPABILITIES.join(", ")}`,
      ),
    ),
  }),
  v.transform((model): ModelOutput => ({
    name: model.name,
    contextLength: model.context_length ?? undefined,
    capabilities: model.capabilities ?? undefined,
  })),
);

interface ModelOutput {
  readonly name: string;
  /** Tokens, input and output together. */
  readonly contextLength?: number | undefined;
  readonly capabilities?: readonly Capability[] | undefined;
}

const models = v.pipe(
  v.array(
    v.lazy((model) => (isMapping(model) ? detailedModel : namedModel)),
    "Expected a list of model names, or null to ask the provider",
  ),
  v.transform((list): readonly ModelOutput[] | undefined => (list.length === 0 ? undefined : list)),
);

const openObject = v.pipe(
  v.custom<{ readonly [key: string]: unknown }>(isMapping, "Expected a mapping of keys to values"),
  v.readonly(),
);

const queryParameters = v.pipe(
  v.record(v.string(), text, "Expected a mapping of names to values"),
  v.readonly(),
);

const provider = v.pipe(
  mapping({
    name,
    url,
    api_type: v.nullish(apiType, "openai"),
    secret: v.nullish(secret),
    // Read before validation, its content is then the secret; listed here so that the key is known.
    secret_file: v.nullish(text),
    headers: v.nullish(headers, {}),
    models: v.nullish(models),
    timeouts: v.nullish(timeouts, {}),
    extra_body: v.nullish(openObject, {}),
    query: v.nullish(queryParameters, {}),
    drop_params: v.nullish(v.array(requiredText, "Expected a list of parameter names"), []),
    ca_file: v.nullish(requiredText),
    allow_http: v.nullish(v.boolean("Expected true or false"), false),
    quirks: v.nullish(openObject, {}),
  }),
  v.forward(
    v.partialCheck(
      [["url"], ["secret"], ["headers"], ["allow_http"]],
      (value) => value.allow_http || !isExposed(value.url) || !hasCredentials(value),
      "Expected https, because a secret would cross the network in the clear; use https://, or say `allow_http: true` if that network is yours alone",
    ),
    ["url"],
  ),
  v.transform((value) => ({
    name: value.name,
    url: value.url,
    apiType: value.api_type,
    secret: value.secret ?? undefined,
    headers: value.headers,
    /** Undefined: ask the provider. */
    models: value.models ?? undefined,
    timeouts: value.timeouts,
    extraBody: value.extra_body,
    query: value.query,
    dropParams: value.drop_params,
    caFile: value.ca_file ?? undefined,
    allowHttp: value.allow_http,
    quirks: value.quirks,
  })),
  v.readonly(),
);

const host = v.pipe(
  requiredText,
  v.regex(
    /^[\w.:%-]+$/,
    "Expected an address to listen on, such as 127.0.0.1 or 0.0.0.0, without scheme or port",
  ),
);

const PORT_EXPECTED = "Expected a port between 0 and 65535";

export const configSchema = v.pipe(
  mapping({
    port: v.nullish(
      v.pipe(
        v.number(PORT_EXPECTED),
        v.integer(PORT_EXPECTED),
        v.minValue(0, PORT_EXPECTED),
        v.maxValue(65_535, PORT_EXPECTED),
      ),
      11_434,
    ),
    host: v.nullish(host),
    providers: v.nullish(
      v.pipe(
        v.array(provider, "Expected a list of providers, each beginning with `- name:`"),
        v.rawCheck(({ dataset, addIssue }) => {
          for (const index of findDuplicates(dataset.value)) {
            addIssue({
              message: "Expected a name of its own: a provider above has this one already",
              path: [
                { type: "array", origin: "value", input: [], key: index, value: undefined },
                { type: "object", origin: "value", input: {}, key: "name", value: undefined },
              ],
            });
          }
        }),
        v.readonly(),
      ),
      [],
    ),
  }),
  v.transform((value) => ({
    port: value.port,
    /** Undefined: both loopback addresses. */
    host: value.host ?? undefined,
    providers: value.providers,
  })),
  v.readonly(),
);

export type Config = v.InferOutput<typeof configSchema>;
export type ProviderConfig = Config["providers"][number];
export type ModelConfig = NonNullable<ProviderConfig["models"]>[number];

export function isMapping(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object that reports every unknown key, where `v.strictObject` stops at the first. */
function mapping<const Entries extends v.ObjectEntries>(entries: Entries) {
  const known = Object.keys(entries);
  return v.pipe(
    v.custom<{ readonly [key: string]: unknown }>(
      isMapping,
      `Expected a mapping with the keys ${known.join(", ")}`,
    ),
    v.looseObject(entries, (issue) => `Expected the key ${issue.expected?.replaceAll('"', "`")}`),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!isMapping(dataset.value)) return;
      for (const [key, value] of Object.entries(dataset.value)) {
        if (known.includes(key)) continue;
        const hint = didYouMean(key, known) ?? `, expected one of ${known.join(", ")}`;
        const message = `Unknown key \`${key}\`${hint}`;
        addIssue({
          message,
          path: [{ type: "object", origin: "key", input: { ...dataset.value }, key, value }],
        });
      }
    }),
  );
}

function hasCredentials(value: {
  readonly url: string;
  readonly secret?: string | null | undefined;
  readonly headers: { readonly [name: string]: string };
}): boolean {
  if ((value.secret ?? undefined) !== undefined || hasUserInfo(value.url)) return true;
  return Object.keys(value.headers).some((header) => /authorization|key|token|secret|cookie/i.test(header));
}

/** The places of entries whose name an earlier one has; other faults may have left anything in the list. */
function findDuplicates(entries: unknown): readonly number[] {
  const seen = new Set<string>();
  const duplicates: number[] = [];
  if (!Array.isArray(entries)) return duplicates;
  for (const [index, entry] of entries.entries()) {
    if (!isMapping(entry) || typeof entry["name"] !== "string") continue;
    const folded = entry["name"].toLowerCase();
    if (seen.has(folded)) duplicates.push(index);
    seen.add(folded);
  }
  return duplicates;
}
