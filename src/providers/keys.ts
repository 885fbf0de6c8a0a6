/** The keys of a provider: none, one or several of the configuration, one in a file, or one that a command prints. */
import type { ProviderConfig } from "../config/schema.ts";
import { type Masker, createMasker } from "../masker.ts";
import type { Runtime } from "../runtime.ts";
import { secretValues } from "./credentials.ts";
import { KeyCommand } from "./key-command.ts";
import { KeyFile } from "./key-file.ts";

export type KeyHeaders = { readonly [name: string]: string };

/** One way to authenticate at a provider. */
export interface ProviderKey {
  /** Identifies the key among those of its provider. It is not secret. */
  readonly id: string;
  /** How errors name the key, by its last characters; empty for the only key of a provider. */
  readonly label: string;
  /** The headers of every request, with the current secret. A promise rejects with `ProxyError`. */
  readonly headers: () => KeyHeaders | Promise<KeyHeaders>;
  /** The provider rejected the key in these headers. Returns whether there are other ones now. */
  readonly renew: (rejected: KeyHeaders) => boolean;
}

export interface KeyPool {
  /** One key without a secret when the provider needs none. */
  readonly all: readonly [ProviderKey, ...ProviderKey[]];
  /** All keys. Each call begins with the next one. */
  readonly rotated: () => readonly [ProviderKey, ...ProviderKey[]];
  /** Masks the current secrets and the previous one. */
  readonly masker: () => Masker;
}

/** The headers of requests with this secret. */
type WithSecret = (secret: string | undefined) => KeyHeaders;

export function createKeys(
  config: ProviderConfig,
  withSecret: WithSecret,
  runtime: Pick<Runtime, "now" | "log">,
): KeyPool {
  if (config.secretCommand !== undefined)
    return commandKey(config, config.secretCommand, withSecret, runtime);
  const [key] = config.secrets;
  if (config.secretFile === undefined || key === undefined) return configuredKeys(config, withSecret);
  const file = new KeyFile({ path: config.secretFile, key, provider: config.name, runtime });
  return fileKey(config, file, withSecret);
}

function configuredKeys(config: ProviderConfig, withSecret: WithSecret): KeyPool {
  const { secrets } = config;
  const masker = createMasker(secretValues(config));
  const [first = keyOf(undefined, "", withSecret), ...others] = secrets.map((secret, index) =>
    keyOf(secret, secrets.length === 1 ? "" : labelOf(secret, index), withSecret),
  );
  const all = [first, ...others] as const;
  let turn = -1;
  return {
    all,
    masker: () => masker,
    rotated() {
      if (others.length === 0) return all;
      turn = (turn + 1) % all.length;
      const [next = first, ...rest] = [...all.slice(turn), ...all.slice(0, turn)];
      return [next, ...rest];
    },
  };
}

function keyOf(secret: string | undefined, label: string, withSecret: WithSecret): ProviderKey {
  const headers = withSecret(secret);
  const id = secret === undefined ? "" : Bun.hash(secret).toString(36);
  return { id, label, headers: () => headers, renew: () => false };
}

/** Shorter keys would be known with a few more guesses. */
const MIN_LABELED_CHARACTERS = 12;

/** The last characters of a key; the position of a short one. `index` is counted from 0. */
export function labelOf(secret: string, index: number): string {
  return secret.length < MIN_LABELED_CHARACTERS ? `number ${index + 1}` : `…${secret.slice(-4)}`;
}

/** The only key of a provider, whose secret may change. */
function singleKey(key: Omit<ProviderKey, "label">, masker: () => Masker): KeyPool {
  const all = [{ ...key, label: "" }] as const;
  return { all, rotated: () => all, masker };
}

/** The current headers and masker of a secret that changes. */
class CurrentSecret {
  readonly #config: ProviderConfig;
  readonly #withSecret: WithSecret;
  #secret: string | undefined;
  headers: KeyHeaders;
  masker: Masker;

  constructor(config: ProviderConfig, withSecret: WithSecret) {
    this.#config = config;
    this.#withSecret = withSecret;
    [this.#secret] = config.secrets;
    this.headers = withSecret(this.#secret);
    this.masker = createMasker(secretValues(config));
  }

  use(secret: string): KeyHeaders {
    if (secret === this.#secret) return this.headers;
    this.headers = this.#withSecret(secret);
    // Requests with the previous key may still be running.
    const secrets = this.#secret === undefined ? [secret] : [secret, this.#secret];
    this.masker = createMasker(secretValues({ ...this.#config, secrets }));
    this.#secret = secret;
    return this.headers;
  }
}

function fileKey(config: ProviderConfig, file: KeyFile, withSecret: WithSecret): KeyPool {
  const current = new CurrentSecret(config, withSecret);
  const headers = (): KeyHeaders => current.use(file.current());
  return singleKey(
    { id: "file", headers, renew: (rejected) => headers() !== rejected },
    () => current.masker,
  );
}

function commandKey(
  config: ProviderConfig,
  command: NonNullable<ProviderConfig["secretCommand"]>,
  withSecret: WithSecret,
  { now }: Pick<Runtime, "now">,
): KeyPool {
  const current = new CurrentSecret(config, withSecret);
  const runner = new KeyCommand(command, now);
  return singleKey(
    {
      id: "command",
      headers: async () => current.use(await runner.current()),
      renew: (rejected) => {
        if (current.headers === rejected) runner.forget();
        return true;
      },
    },
    () => current.masker,
  );
}
