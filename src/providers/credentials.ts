/** Finds the secret values in a provider's configuration. */
import type { ProviderConfig } from "../config/schema.ts";

/** Names of headers and parameters whose value is not a secret. Any other value may be one. */
const NON_SECRET_NAME =
  /^(?:accept(?:-.+)?|content-type|user-agent|(?:http-)?referer|origin|host|region|alt|(?:.+[-_])?(?:title|version|beta))$/i;

/** Names of body members whose value is a secret. */
const CREDENTIAL_NAME = /authorization|key|token|secret|password|cookie/i;

/**
 * All secret values, as they are sent, and the parts that a server may repeat: without the scheme, decoded, user and password
 * separately. The result may contain ordinary words and empty texts. The masker ignores values that are too short.
 */
export function secretValues(config: ProviderConfig): readonly string[] {
  return [
    ...config.secrets,
    ...namedValues(config.headers).flatMap(partsOfHeader),
    ...namedValues(config.query),
    ...partsOfUrl(config.url),
    ...valuesInBody(config.extraBody),
  ];
}

function namedValues(values: { readonly [name: string]: string }): readonly string[] {
  return Object.entries(values)
    .filter(([name]) => !NON_SECRET_NAME.test(name))
    .map(([, value]) => value);
}

/** `Bearer KEY`, `Basic base64(user:password)`, `session=KEY; theme=dark`. */
function partsOfHeader(value: string): readonly string[] {
  const basic = /^basic\s+(\S+)/i.exec(value)?.[1];
  const words = value.split(/[\s;,]+/);
  return [
    value,
    ...words,
    ...words.map((word) => word.replace(/^[^=]*=/, "")),
    ...(basic === undefined ? [] : partsOfUserInfo(Buffer.from(basic, "base64").toString())),
  ];
}

function partsOfUserInfo(userInfo: string): readonly string[] {
  const [, user = userInfo, password = ""] = /^([^:]*):(.*)$/s.exec(userInfo) ?? [];
  return [userInfo, user, password];
}

/** Does not use `URL`, because a URL that cannot be parsed may contain secrets too. */
function partsOfUrl(url: string): readonly string[] {
  const userInfo = /^\w+:\/\/([^/?#]*)@/.exec(url)?.[1] ?? "";
  const query = /\?([^#]*)/.exec(url)?.[1] ?? "";
  const raw = query.split("&").map((parameter) => parameter.split("=", 2));
  return [
    ...partsOfUserInfo(userInfo),
    ...partsOfUserInfo(userInfo).map(decodeOrKeep),
    ...raw.filter(([name = ""]) => !NON_SECRET_NAME.test(name)).map(([, value = ""]) => value),
    ...namedValues(Object.fromEntries(new URLSearchParams(query))),
  ];
}

function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function valuesInBody(body: { readonly [key: string]: unknown }): readonly string[] {
  return Object.entries(body).flatMap(([key, value]) => {
    if (typeof value === "string") return CREDENTIAL_NAME.test(key) ? [value] : [];
    return typeof value === "object" && value !== null ? valuesInBody({ ...value }) : [];
  });
}
