/** The values of a provider's configuration that nobody else may see. */
import type { ProviderConfig } from "../config/schema.ts";

/** Names of headers and parameters that carry no secret; the value of any other may be one. */
const HARMLESS =
  /^(?:accept(?:-.+)?|content-type|user-agent|(?:http-)?referer|origin|host|region|alt|(?:.+[-_])?(?:title|version|beta))$/i;

/** Names of members of a request body that carry a secret. */
const TELLTALE = /authorization|key|token|secret|password|cookie/i;

/**
 * All of them, in the form in which they are sent and in the parts that a server may repeat: without the scheme, decoded, user
 * and password each. May hold words and empty texts: the masker knows what is too short to be a secret.
 */
export function secretValues(config: ProviderConfig): readonly string[] {
  return [
    config.secret ?? "",
    ...namedValues(config.headers).flatMap(partsOfHeader),
    ...namedValues(config.query),
    ...partsOfUrl(config.url),
    ...valuesInBody(config.extraBody),
  ];
}

function namedValues(values: { readonly [name: string]: string }): readonly string[] {
  return Object.entries(values)
    .filter(([name]) => !HARMLESS.test(name))
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

/** By hand: a URL that cannot be parsed has secrets too. */
function partsOfUrl(url: string): readonly string[] {
  const userInfo = /^\w+:\/\/([^/?#]*)@/.exec(url)?.[1] ?? "";
  const query = /\?([^#]*)/.exec(url)?.[1] ?? "";
  const raw = query.split("&").map((parameter) => parameter.split("=", 2));
  return [
    ...partsOfUserInfo(userInfo),
    ...partsOfUserInfo(userInfo).map(decodeOrKeep),
    ...raw.filter(([name = ""]) => !HARMLESS.test(name)).map(([, value = ""]) => value),
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
    if (typeof value === "string") return TELLTALE.test(key) ? [value] : [];
    return typeof value === "object" && value !== null ? valuesInBody({ ...value }) : [];
  });
}
