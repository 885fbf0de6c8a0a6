/**
 * The keys that clients must send if the configuration has `api_keys`.
 *
 *     Authorization: Bearer KEY
 *     x-api-key: KEY
 *     GET /key/KEY/api/tags        for apps with a setting for the URL and none for a key
 */

export interface NamedKey {
  readonly name: string;
  readonly secret: string;
}

/** The parts of a path as the client sent it. */
export interface KeyPath {
  /** `/key/KEY`, still encoded; empty without one. */
  readonly prefix: string;
  readonly key: string | undefined;
  /** The rest, which begins with a slash. */
  readonly path: string;
}

export class ApiKeys {
  readonly #keys: readonly { readonly name: string; readonly digest: Uint8Array }[];

  constructor(keys: readonly NamedKey[]) {
    this.#keys = keys.map(({ name, secret }) => ({ name, digest: digestOf(secret) }));
  }

  get areRequired(): boolean {
    return this.#keys.length > 0;
  }

  /**
   * The name of the first key that is among `candidates`. Its duration reveals nothing about the keys: it compares every
   * candidate with every key, by digests of equal length.
   */
  find(candidates: readonly string[]): string | undefined {
    const digests = candidates.map(digestOf);
    const known = this.#keys.filter(
      ({ digest }) => digests.filter((candidate) => crypto.timingSafeEqual(candidate, digest)).length > 0,
    );
    return known[0]?.name;
  }
}

function digestOf(secret: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(secret).digest();
}

export function splitKeyPath(path: string): KeyPath {
  const [prefix = "", encoded = ""] = /^\/key\/([^/]+)/.exec(path) ?? [];
  if (prefix === "") return { prefix, key: undefined, path };
  return { prefix, key: decode(encoded), path: path.slice(prefix.length) || "/" };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Every key in a request. Some apps send a placeholder in a header in addition to the key in the URL. */
export function keysOf(headers: Headers, inPath: string | undefined): readonly string[] {
  const bearer = /^bearer\s(.*)$/i.exec(headers.get("authorization") ?? "")?.[1]?.trim();
  return [inPath ?? "", bearer ?? "", headers.get("x-api-key") ?? ""].filter((key) => key !== "");
}
