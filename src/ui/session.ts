/**
 * Who may open the page: only the owner of the machine's account, who can read a file that nobody else can read.
 *
 * `ollama-proxy ui` reads the key in that file and makes a link with a code. The first request with the code gets a cookie. Codes
 * and cookies are signed with the key, so sessions survive a restart, and deleting the file ends all of them.
 *
 *     code      <time of issue in ms>.<random>.<HMAC-SHA256 in base64url>      valid once, for two minutes
 *     cookie    <time of expiry in ms>.<random>.<HMAC-SHA256 in base64url>     valid for a week
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const CODE_VALID_MS = 120_000;
/** The clocks of two processes may differ a little. */
const CLOCK_TOLERANCE_MS = 10_000;
const SESSION_VALID_MS = 7 * 86_400_000;

/** Makes a code for a link, and the key file if there is none yet. Throws an `Error` of the file system. */
export function createCode(keyPath: string, nowMs: number): string {
  return sign(readOrCreateKey(keyPath), "code", Math.round(nowMs));
}

/** Tells which key file a running program uses, without its path. */
export function keyId(keyPath: string): string {
  return new Bun.CryptoHasher("sha256").update(keyPath).digest("base64url").slice(0, 16);
}

/** The header with the `keyId` of the program. */
export const KEY_HEADER = "x-ollama-proxy-key";

export class Sessions {
  readonly #keyPath: string;
  readonly #now: () => number;
  readonly #startedAtMs: number;
  /** When the codes that were used expire. */
  readonly #used = new Map<string, number>();

  /** `startedAtMs` is the start of the program. */
  constructor(keyPath: string, now: () => number, startedAtMs: number) {
    this.#keyPath = keyPath;
    this.#now = now;
    this.#startedAtMs = startedAtMs;
  }

  /** Uses up a code. Returns the value of a cookie; undefined: the code is wrong, too old or used. */
  redeem(code: string): string | undefined {
    const key = readKey(this.#keyPath);
    const issuedAtMs = key === undefined ? undefined : verify(key, "code", code);
    const nowMs = this.#now();
    // A code from before the start may have been used then.
    const oldestMs = Math.max(nowMs - CODE_VALID_MS, this.#startedAtMs) - CLOCK_TOLERANCE_MS;
    if (key === undefined || issuedAtMs === undefined || issuedAtMs < oldestMs) return undefined;
    if (issuedAtMs > nowMs + CLOCK_TOLERANCE_MS || this.#used.has(code)) return undefined;
    for (const [used, expiresAtMs] of this.#used) if (expiresAtMs < nowMs) this.#used.delete(used);
    this.#used.set(code, nowMs + CODE_VALID_MS + 2 * CLOCK_TOLERANCE_MS);
    return sign(key, "session", Math.round(nowMs + SESSION_VALID_MS));
  }

  isValid(cookie: string): boolean {
    const key = readKey(this.#keyPath);
    const expiresAtMs = key === undefined ? undefined : verify(key, "session", cookie);
    return expiresAtMs !== undefined && expiresAtMs > this.#now();
  }
}

function sign(key: string, purpose: "code" | "session", timeMs: number): string {
  const text = `${timeMs}.${randomBytes(12).toString("base64url")}`;
  return `${text}.${macOf(key, purpose, text).toString("base64url")}`;
}

/** The signed time; undefined: the signature is wrong. */
function verify(key: string, purpose: "code" | "session", signed: string): number | undefined {
  const [, text = "", time = "", mac = ""] = /^((\d{1,15})\.[\w-]{1,32})\.([\w-]{43})$/.exec(signed) ?? [];
  if (mac === "") return undefined;
  return timingSafeEqual(macOf(key, purpose, text), Buffer.from(mac, "base64url")) ? Number(time) : undefined;
}

function macOf(key: string, purpose: string, text: string): Buffer {
  return Buffer.from(new Bun.CryptoHasher("sha256", key).update(`${purpose} ${text}`).digest());
}

/** Undefined: nobody has asked for a link yet, or the file is damaged. */
function readKey(path: string): string | undefined {
  try {
    const key = readFileSync(path, "utf8").trim();
    return /^[\w-]{43}$/.test(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

function readOrCreateKey(path: string): string {
  const found = readKey(path);
  if (found !== undefined) return found;
  const key = randomBytes(32).toString("base64url");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${key}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  return key;
}
