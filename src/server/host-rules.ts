/**
 * Which values of the Host header are allowed. This protects against DNS rebinding: a web page whose host name resolves to this
 * machine sends that name. The rules are Ollama's, which applies them on loopback addresses only.
 */
import { hostname, networkInterfaces } from "node:os";

export class HostRules {
  readonly #allowed: ReadonlySet<string>;

  /** `listening` is `host` of the configuration, `allowed` its `allowed_hosts`. */
  constructor(listening: string | undefined, allowed: readonly string[]) {
    const names = ["", "localhost", hostname(), listening ?? "", ...allowed];
    this.#allowed = new Set(names.map((name) => name.toLowerCase()));
  }

  /** Classifies a Host header. Port and brackets are ignored. */
  classify(header: string): "address" | "name" | "foreign" {
    const host = hostOf(header);
    if (isOwnAddress(host)) return "address";
    return this.#allowed.has(host) || /\.(?:localhost|local|internal)$/.test(host) ? "name" : "foreign";
  }
}

function hostOf(header: string): string {
  return (/^(\[.*\]|[^:]*):\d+$/.exec(header)?.[1] ?? header).replace(/^\[(.*)\]$/, "$1").toLowerCase();
}

const PRIVATE_ADDRESS =
  /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0$|::1?$|f[cd][\da-f]{2}:)/;

function isOwnAddress(host: string): boolean {
  if (!/^[\d.]+$|^[\da-f.]*:[\da-f:.]*$/.test(host)) return false;
  if (PRIVATE_ADDRESS.test(host)) return true;
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((address) => address.address === host),
  );
}
