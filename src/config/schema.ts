/**
 * What a configuration may say, and what the program gets to see of it.
 *
 * Keys are snake_case in the file and camelCase here. Variables and secret files are already
 * resolved when a value arrives (see load.ts): nothing here touches disk or environment.
 */
import * as v from "valibot";
import {
  apiType,
  attempts,
  headers,
  HOST_PATTERN,
  host,
  hostNames,
  mapping,
  models,
  name,
  openObject,
  port,
  queryParameters,
  requiredText,
  secret,
  text,
  timeouts,
  url,
} from "./fields.ts";
import { entryPath, findDuplicates } from "./duplicates.ts";
import { providerOptions } from "./provider-options.ts";
import { apiKeys, EXPOSURE_EXPECTED, tls } from "./exposure.ts";
import { hasUserInfo, isCredentialName, isExposed, isLoopback } from "./values.ts";

const provider = v.pipe(
  mapping({
    name,
    url,
    api_type: v.nullish(apiType, "openai"),
    secret: v.nullish(secret),
    // Read before validation: it is then the absolute path, and its content is the secret.
    secret_file: v.nullish(text),
    headers: v.nullish(headers, {}),
    models: v.nullish(models),
    timeouts: v.nullish(timeouts, {}),
    extra_body: v.nullish(openObject, {}),
    query: v.nullish(queryParameters, {}),
    drop_params: v.nullish(v.array(requiredText, "Expected a list of parameter names"), []),
    ca_file: v.nullish(requiredText),
    allow_http: v.nullish(v.boolean("Expected true or false"), false),
    options: v.nullish(providerOptions, {}),
  }),
  v.forward(
    v.partialCheck(
      [["url"], ["secret"], ["headers"], ["query"], ["allow_http"]],
      (value) => value.allow_http || !isExposed(value.url) || !hasCredentials(value),
      "Expected https, because the secret would be sent unencrypted; use https://, or set `allow_http: true` if you trust the network",
    ),
    ["url"],
  ),
  v.transform((value) => ({
    name: value.name,
    url: value.url,
    apiType: value.api_type,
    secret: value.secret ?? undefined,
    /** Absolute path of the file that `secret` came from. */
    secretFile: value.secret_file ?? undefined,
    headers: value.headers,
    /** Undefined: ask the provider. */
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
  mapping({
    port: v.nullish(port, 11_434),
    host: v.nullish(host),
    api_keys: v.nullish(apiKeys, []),
    allow_anonymous: v.nullish(v.boolean("Expected true or false"), false),
    allowed_hosts: v.nullish(hostNames, []),
    tls: v.nullish(tls),
    attempts: v.nullish(attempts, {}),
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
  }),
  v.forward(
    v.partialCheck(
      [["host"], ["api_keys"], ["allow_anonymous"]],
      ({ host: address, ...value }) =>
        isLoopback(address ?? undefined) ||
        value.allow_anonymous ||
        value.api_keys.length > 0 ||
        // What is no address has its problem already.
        !HOST_PATTERN.test(address ?? ""),
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
    /** Empty: none is needed. */
    apiKeys: value.api_keys,
    allowAnonymous: value.allow_anonymous,
    allowedHosts: value.allowed_hosts,
    /** Undefined: plain http. */
    tls: value.tls ?? undefined,
    attempts: value.attempts,
    providers: value.providers,
  })),
  v.readonly(),
);

export type Config = v.InferOutput<typeof configSchema> & {
  readonly disabled: readonly DisabledProvider[];
};
export type ProviderConfig = Config["providers"][number];

/** A provider that lacks something from its surroundings, such as a variable; the others work without it. */
export interface DisabledProvider {
  readonly name: string;
  /** The models that the configuration names. */
  readonly models: readonly string[];
  /** What is missing and what to do about it, as the end of a sentence; no secrets. */
  readonly reason: string;
}

/** A provider as the file would say it; for those that stand in no file. Throws `v.ValiError`. */
export function parseProvider(value: unknown): ProviderConfig {
  return v.parse(provider, value);
}

export type ModelConfig = NonNullable<ProviderConfig["models"]>[number];

function hasCredentials(value: {
  readonly url: string;
  readonly secret?: string | null | undefined;
  readonly headers: { readonly [name: string]: string };
  readonly query: { readonly [name: string]: string };
}): boolean {
  if ((value.secret ?? undefined) !== undefined || hasUserInfo(value.url)) return true;
  return Object.keys({ ...value.headers, ...value.query }).some(isCredentialName);
}
