/** Parses and checks text values of the configuration. */

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/;
/** Timers support at most 24 days, and nobody waits longer than one. */
const MAX_MS = 24 * UNIT_MS.h;

/** Milliseconds of `30s`, `500ms`, `10m`, `1h` or a number of seconds; undefined when the value is invalid. */
export function parseDuration(value: string | number): number | undefined {
  const match = DURATION.exec(typeof value === "number" ? `${value}s` : value.trim());
  const unit = match?.[2];
  if (unit !== "ms" && unit !== "s" && unit !== "m" && unit !== "h") return undefined;
  const ms = Math.round(Number(match?.[1]) * UNIT_MS[unit]);
  return ms > 0 && ms <= MAX_MS ? ms : undefined;
}

/** Removes what is often pasted with a key: white space, quotes, the word `Bearer`. Undefined when nothing remains. */
export function cleanSecret(pasted: string): string | undefined {
  let secret = pasted.trim();
  for (let before = ""; before !== secret;) {
    before = secret;
    secret = secret
      .replace(/^(["'`])(.*)\1$/s, "$2")
      .replace(/^[“‘](.*)[”’]$/s, "$1")
      .replace(/^(?:authorization\s*:\s*)?bearer\s+/i, "")
      .trim();
  }
  return secret === "" ? undefined : secret;
}

/** Whether a key can be sent in a header. */
export function isPlainKey(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key);
}

/** The predecessor's example contains `https://some.ollama.service:port`. A file that still has it must load. */
const PLACEHOLDER_PORT = /^(https?:\/\/[^\s/?#]+):port(?=[/?#]|$)/i;

export function hasPlaceholderPort(url: string): boolean {
  return PLACEHOLDER_PORT.test(url);
}

/**
 * Corrects a pasted address: removes white space, replaces full-width characters and adds a missing scheme.
 * The scheme is http for this machine and private networks, which rarely use https, and https otherwise.
 */
export function completeUrl(pasted: string): string {
  const url = pasted.trim().normalize("NFKC");
  const host = /^(\[[\da-f:]+\]|[\w.-]+)(?::\d+)?(?=[/?#]|$)/i.exec(url)?.[1];
  if (host === undefined) return url;
  return (isPrivate(host) ? "http://" : "https://") + url;
}

function isPrivate(host: string): boolean {
  return (
    /^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+$/.test(host) ||
    /^\[(?:::1|f[cd][\da-f:]*)\]$/i.test(host) ||
    !host.includes(".") ||
    /\.(?:localhost|local|internal|lan|home)$/i.test(host)
  );
}

/** Why a URL cannot be the address of a provider, as the end of a sentence; undefined when it can. */
export function findUrlFault(url: string): string | undefined {
  if (url === "") return "this value is empty";
  if (/^[“”„‘’]/.test(url)) return "this URL is in typographic quotes; use straight quotes or none";
  if (/\s/.test(url)) return "this URL contains white space";
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1];
  if (scheme === undefined) return "this URL does not begin with http:// or https://";
  if (!/^https?$/i.test(scheme)) return `this URL begins with ${scheme}://`;
  if (/^https?:\/\/(?:[/?#:]|$)/i.test(url)) return "this URL has no host";
  if (parseUrl(url) === undefined) return "this URL has an invalid host or port";
  return undefined;
}

function parseUrl(url: string): URL | undefined {
  return URL.parse(url.replace(PLACEHOLDER_PORT, "$1")) ?? undefined;
}

/** Whether requests to the URL leave this machine unencrypted. */
export function isExposed(url: string): boolean {
  const parsed = parseUrl(url);
  if (parsed?.protocol !== "http:") return false;
  const host = parsed.hostname.replace(/\.$/, "");
  return !(/^127\.\d+\.\d+\.\d+$/.test(host) || host === "[::1]" || /(?:^|\.)localhost$/.test(host));
}

/** Names of headers and query parameters whose value is a credential. */
const CREDENTIAL_NAME =
  /authorization|key|token|secret|cookie|password|credential|(?:^|[-_])(?:auth|sig|signature)(?:$|[-_])/i;

export function isCredentialName(name: string): boolean {
  return CREDENTIAL_NAME.test(name);
}

/** Whether other machines cannot reach the address; undefined stands for both loopback addresses. */
export function isLoopback(host: string | undefined): boolean {
  return host === undefined || /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host);
}

/** Whether a URL has a user in it, or a parameter whose name says that it is a credential. By hand: it may hold variables. */
export function hasCredential(url: string): boolean {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? "";
  return (
    /:\/\/[^/?#@]{1,500}@/.test(url) ||
    [...new URLSearchParams(query)].some(([name, value]) => value !== "" && isCredentialName(name))
  );
}
