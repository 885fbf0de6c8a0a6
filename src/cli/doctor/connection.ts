/** Examines the way to a provider: the proxy of the network, the name, the port and the certificate. */
import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import type { ProviderConfig } from "../../config/schema.ts";
import { failed, type Finding, info, ok } from "./finding.ts";
import { readCertificateOf } from "./tls.ts";

const TIMEOUT_MS = 10_000;

interface Environment {
  readonly [name: string]: string | undefined;
}

/** The findings up to the first failure. `place` is the line with the URL. */
export async function examineConnection(
  provider: Pick<ProviderConfig, "url" | "caFile">,
  place: string,
  environment: Environment,
): Promise<readonly Finding[]> {
  const url = URL.parse(provider.url);
  if (url === null)
    return [failed("address", `"${provider.url}" is not a URL`, `correct \`url\` in ${place}`)];
  const proxy = findProxy(url, environment);
  const target = proxy === undefined ? url : proxy.url;
  const through =
    proxy === undefined ? [] : [info("proxy", `requests go through ${target.host} (${proxy.variable})`)];
  const fix =
    proxy === undefined
      ? `check \`url\` in ${place}, and the network connection`
      : `correct the variable ${proxy.variable}, or add ${url.hostname} to NO_PROXY`;
  const name = await examineName(hostOf(target), fix);
  if (name.state === "failed") return [...through, name];
  const port = await examinePort(target, fix);
  if (port.state === "failed" || url.protocol !== "https:" || proxy !== undefined)
    return [...through, name, port];
  return [...through, name, port, await examineCertificate(url, provider.caFile, place)];
}

async function examineName(host: string, fix: string): Promise<Finding> {
  const startMs = performance.now();
  try {
    const addresses = await lookup(host, { all: true });
    const shown = addresses.map(({ address }) => address).slice(0, 3);
    return ok("address", `${host} is ${shown.join(", ")} (${elapsed(startMs)})`);
  } catch (error) {
    return failed("address", `the name ${host} was not found (${codeOf(error)})`, fix);
  }
}

async function examinePort(url: URL, fix: string): Promise<Finding> {
  const port = portOf(url);
  const startMs = performance.now();
  const problem = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host: hostOf(url), port, timeout: TIMEOUT_MS });
    const end = (result: string | undefined): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end("no answer within 10 s"));
    socket.once("error", (error) => end(codeOf(error)));
  });
  if (problem === undefined) return ok("connection", `port ${port} is open (${elapsed(startMs)})`);
  return failed("connection", `cannot connect to ${hostOf(url)} port ${port}: ${describe(problem)}`, fix);
}

function describe(problem: string): string {
  if (problem === "ECONNREFUSED") return "no program listens there";
  if (problem === "EHOSTUNREACH" || problem === "ENETUNREACH") return "the network has no route to it";
  return problem;
}

async function examineCertificate(url: URL, caFile: string | undefined, place: string): Promise<Finding> {
  const startMs = performance.now();
  const { problem, validTo, names, issuer } = await readCertificateOf(
    { host: hostOf(url), port: portOf(url) },
    caFile,
    TIMEOUT_MS,
  );
  if (problem === undefined)
    return ok("TLS", `the certificate is valid until ${validTo} (${elapsed(startMs)})`);
  const isCa = /ISSUER|SELF_SIGNED|UNABLE_TO_VERIFY/.test(problem);
  if (isCa)
    return failed(
      "TLS",
      `the certificate was issued by "${issuer}", which is not trusted`,
      `add \`ca_file: FILE\` with the certificate of "${issuer}" below ${place}`,
    );
  if (problem === "CERT_HAS_EXPIRED" || problem === "CERT_NOT_YET_VALID")
    return failed(
      "TLS",
      `the certificate is valid until ${validTo}`,
      "correct the clock of this machine, or ask the provider to renew it",
    );
  if (problem === "ERR_TLS_CERT_ALTNAME_INVALID")
    return failed(
      "TLS",
      `the certificate is for ${names}, not for ${hostOf(url)}`,
      `correct \`url\` in ${place}`,
    );
  return failed(
    "TLS",
    `the server does not use TLS as expected (${problem})`,
    `check whether \`url\` in ${place} must begin with http://`,
  );
}

/** The proxy that the runtime uses for a URL. Requests to this machine use none. */
function findProxy(
  url: URL,
  environment: Environment,
): { readonly variable: string; readonly url: URL } | undefined {
  if (/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)) return undefined;
  const scheme = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const exceptions = (environment["NO_PROXY"] ?? environment["no_proxy"] ?? "")
    .split(",")
    .map((part) => part.trim());
  if (exceptions.some((name) => name === "*" || (name !== "" && isWithin(url.hostname, name))))
    return undefined;
  for (const variable of [scheme, scheme.toLowerCase(), "ALL_PROXY", "all_proxy"]) {
    const proxy = URL.parse(environment[variable] ?? "");
    if (proxy !== null) return { variable, url: proxy };
  }
  return undefined;
}

function isWithin(host: string, name: string): boolean {
  const domain = name.replace(/^\*?\./, "");
  return host === domain || host.endsWith(`.${domain}`);
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === "https:" ? 443 : 80);
}

function elapsed(startMs: number): string {
  return `${Math.round(performance.now() - startMs)} ms`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
