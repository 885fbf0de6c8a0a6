/**
 * The schema of the configuration, and the types derived from it.
 *
 * Keys are snake_case in the file and camelCase here. Variables and secret files are resolved before validation (see
 * `references.ts`), so the schema reads neither disk nor environment.
 */
import * as v from "valibot";
import { aliases } from "./alias.ts";
import type { Alias } from "./alias-use.ts";
import {
  apiType,
  attempts,
  headers,
  findAddressFault,
  host,
  hostNames,
  mapping,
  name,
  openObject,
  port,
  queryParameters,
  requiredText,
  secrets,
  text,
  timeouts,
  url,
  usage,
} from "./fields.ts";
import { entryPath, findDuplicates } from "./duplicates.ts";
import { models } from "./model-entries.ts";
import { providerOptions } from "./provider-options.ts";
import { apiKeys, EXPOSURE_EXPECTED, tls } from "./exposure.ts";
import { secretCommand } from "./secret-command.ts";
import { spendingLimits } from "./spending.ts";
import { hasCredential, isCredentialName, isExposed, isLoopback } from "./values.ts";

const PROVIDER_KEYS = {
  name,
  url,
  api_type: v.nullish(apiType, "openai"),
  secret: v.nullish(secrets),
  // The file is read before validation. This is then its absolute path, and its content is in `secret`.
  secret_file: v.nullish(text),
  secret_command: v.nullish(secretCommand),
  headers: v.nullish(headers, {}),
  models: v.nullish(models),
  timeouts: v.nullish(timeouts, {}),
  extra_body: v.nullish(openObject, {}),
  query: v.nullish(queryParameters, {}),
  drop_params: v.nullish(v.array(requiredText, "Expected a list of parameter names"), []),
  ca_file: v.nullish(requiredText),
  allow_http: v.nullish(v.boolean("Expected true or false"), false),
  options: v.nullish(providerOptions, {}),
};

const provider = v.pipe(
  mapping(PROVIDER_KEYS),
  v.forward(
    v.partialCheck(
      [["url"], ["secret"], ["secret_command"], ["headers"], ["query"], ["allow_http"]],
      (value) => value.allow_http || !isExposed(value.url) || !hasCredentials(value),
      "Expected https, because the secret would be sent unencrypted; use https://, or set `allow_http: true` if you trust the network",
    ),
    ["url"],
  ),
  v.forward(
    v.partialCheck(
      [["secret"], ["secret_file"], ["secret_command"]],
      (value) => (value.secret_command ?? undefined) === undefined || (value.secret ?? []).length === 0,
      "Expected either `secret` or `secret_command`, got both",
    ),
    ["secret_command"],
  ),
  v.transform((value) => ({
    name: value.name,
    url: value.url,
    apiType: value.api_type,
    /** Empty: the provider needs no key. */
    secrets: value.secret ?? [],
    /** Absolute path of the file that the only secret came from. */
    secretFile: value.secret_file ?? undefined,
    secretCommand: value.secret_command ?? undefined,
    headers: value.headers,
    /** Undefined: all models that the provider lists. */
    models: value.models ?? undefined,
    timeouts: value.timeouts,
    extraBody: value.extra_body,
    query: value.query,
    dropParams: value.drop_params,
    caFile: value.ca_file ?? undefined,
    allowHttp: value.allow_http,
    options: value.options,
  })),
  v.readonly(),
);

export const configSchema = v.pipe(
  mapping(
    {
      port: v.nullish(port, 11_434),
      host: v.nullish(host),
      api_keys: v.nullish(apiKeys, []),
      allow_anonymous: v.nullish(v.boolean("Expected true or false"), false),
      auto: v.nullish(v.boolean("Expected true or false"), false),
      allowed_hosts: v.nullish(hostNames, []),
      tls: v.nullish(tls),
      attempts: v.nullish(attempts, {}),
      usage: v.nullish(usage, true),
      metrics: v.nullish(v.boolean("Expected true or false"), false),
      limits: v.nullish(spendingLimits, []),
      providers: v.nullish(
        v.pipe(
          v.array(provider, "Expected a list of providers, each beginning with `- name:`"),
          v.rawCheck(({ dataset, addIssue }) => {
            for (const index of findDuplicates(dataset.value, "name")) {
              addIssue({
                message: "Expected a unique name; a provider above already has this name",
                path: entryPath(index, "name"),
              });
            }
          }),
          v.readonly(),
        ),
        [],
      ),
      models: v.nullish(aliases, []),
    },
    explainProviderKey,
  ),
  v.forward(
    v.partialCheck(
      [["host"], ["api_keys"], ["allow_anonymous"]],
      ({ host: address, ...value }) =>
        isLoopback(address ?? undefined) ||
        value.allow_anonymous ||
        value.api_keys.length > 0 ||
        // An invalid address already has a problem.
        findAddressFault(address ?? "") !== undefined,
      EXPOSURE_EXPECTED,
    ),
    ["host"],
  ),
  v.forward(
    v.partialCheck(
      [["api_keys"], ["allow_anonymous"]],
      (value) => !value.allow_anonymous || value.api_keys.length === 0,
      "Expected either `api_keys` or `allow_anonymous: true`, got both",
    ),
    ["allow_anonymous"],
  ),
  v.transform((value) => ({
    port: value.port,
    /** Undefined: both loopback addresses. */
    host: value.host ?? undefined,
    /** Empty: clients need no key. */
    apiKeys: value.api_keys,
    allowAnonymous: value.allow_anonymous,
    /** Providers that are found on this machine are used too. */
    auto: value.auto,
    allowedHosts: value.allowed_hosts,
    /** Undefined: plain http. */
    tls: value.tls ?? undefined,
    attempts: value.attempts,
    /** Undefined: no history of requests is written. */
    usage: value.usage,
    /** Whether `/metrics` is served. */
    metrics: value.metrics,
    limits: value.limits,
    providers: value.providers,
    /** As written; `alias-use.ts` resolves them. */
    models: value.models,
  })),
  v.readonly(),
);

type ValidConfig = v.InferOutput<typeof configSchema>;

export type Config = Omit<ValidConfig, "models" | "providers"> & {
  readonly providers: readonly ProviderConfig[];
  readonly disabled: readonly DisabledProvider[];
  readonly aliases: readonly Alias[];
};
export type ProviderConfig = ValidConfig["providers"][number] & {
  /** Which line of the file holds the key, for the middle of a sentence. Absent when the provider is not in a file. */
  readonly keyPlace?: string | undefined;
};

/** A provider that cannot be used because something is missing, such as a variable. The others still work. */
export interface DisabledProvider {
  readonly name: string;
  /** The models that the configuration names. */
  readonly models: readonly string[];
  /** What is missing and how to fix it, as the end of a sentence without secrets. */
  readonly reason: string;
}

/** Validates a provider that is not in a file. `value` has the form of the file. Throws `v.ValiError`. */
export function parseProvider(value: unknown): ProviderConfig {
  return v.parse(provider, value);
}

/** A key of a provider at the beginning of a line belongs to no provider. */
function explainProviderKey(key: string): string | undefined {
  return Object.hasOwn(PROVIDER_KEYS, key)
    ? `, which is a key of a provider; put as many spaces before it as before the other keys of the provider`
    : undefined;
}

function hasCredentials(value: {
  readonly url: string;
  readonly secret?: readonly string[] | null | undefined;
  readonly secret_command?: object | null | undefined;
  readonly headers: { readonly [name: string]: string };
  readonly query: { readonly [name: string]: string };
}): boolean {
  const hasKey = (value.secret ?? []).length > 0 || (value.secret_command ?? undefined) !== undefined;
  if (hasKey || hasCredential(value.url)) return true;
  return Object.keys({ ...value.headers, ...value.query }).some(isCredentialName);
}
