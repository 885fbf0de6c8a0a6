/** Queries the status of the ollama-proxy that runs with this configuration, and describes it for the user. */
import * as v from "valibot";
import type { Config } from "../config/schema.ts";
import { isLoopback } from "../config/values.ts";
import { STATUS_PATH } from "../server/proxy-status.ts";
import { statusSchema } from "../ui/status-schema.ts";
import { messageOf } from "./console.ts";

const TIMEOUT_MS = 2000;

export type Status = v.InferOutput<typeof statusSchema>;
type ProviderStatus = Status["providers"][number];

/** The status of the program that runs with this configuration; undefined when none does. Never rejects. */
export async function readStatus(config: Config): Promise<Status | undefined> {
  if (config.port === 0) return undefined;
  try {
    const response = await fetchStatus(addressOf(config) + STATUS_PATH, config);
    const status = v.safeParse(statusSchema, await response.json());
    return response.ok && status.success ? status.output : undefined;
  } catch {
    return undefined;
  }
}

/** The address at which this machine reaches the program with this configuration. */
export function addressOf({ host, port, tls }: Config): string {
  return `${tls === undefined ? "http" : "https"}://${connectableHost(host)}:${port}`;
}

/** Lines for the user. Never rejects: a failure is described too. */
export async function describeRunning(config: Config): Promise<readonly string[]> {
  if (config.port === 0)
    return ["Cannot find a running ollama-proxy: `port: 0` selects a free port at every start"];
  const url = addressOf(config);
  const response = await fetchStatus(url + STATUS_PATH, config).catch(explain);
  if (typeof response === "string")
    return [`Cannot find a running ollama-proxy at ${url}: ${plain(response)}`];
  if (response.status === 401 || response.status === 403)
    return [`The program at ${url} rejected the key of this configuration (status ${response.status})`];
  const status = v.safeParse(statusSchema, await response.json().catch(() => undefined));
  if (!response.ok || !status.success)
    return [
      `Cannot find a running ollama-proxy at ${url}: the program there is another one, or an older version`,
    ];
  return describe(status.output, url, Date.now());
}

/** An address to connect to. A program that listens on every address also listens on the loopback address. */
function connectableHost(host: string | undefined): string {
  if (host === undefined || host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

/** Whether the program listens on an address of this machine alone, possibly among others. */
export function isReachableHere(host: string | undefined): boolean {
  return isLoopback(host) || host === "0.0.0.0" || host === "::";
}

/** Replaces Bun's message for a refused connection, which asks the user a question. */
export function explain(error: unknown): string {
  const isRefused = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
  return isRefused ? "no program is listening there" : messageOf(error);
}

function fetchStatus(url: string, { host, apiKeys }: Config): Promise<Response> {
  const [key] = apiKeys;
  // The certificate is for the name that other machines use. On this machine nobody can intercept the connection.
  const staysHere = isReachableHere(host);
  return fetch(url, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key.secret}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: "manual",
    proxy: false,
    ...(staysHere ? { tls: { rejectUnauthorized: false } } : {}),
  });
}

function describe({ version, providers }: Status, url: string, nowMs: number): readonly string[] {
  const lines = providers.flatMap((provider) => describeProvider(provider, nowMs));
  const title = `ollama-proxy ${plain(version)} is running at ${url}`;
  return lines.length === 0
    ? [`${title}; it has not learned any settings from errors of providers`]
    : [`${title}:`, ...lines];
}

function describeProvider(provider: ProviderStatus, nowMs: number): readonly string[] {
  const { listError, basePath, learnedFixes } = provider;
  const name = plain(provider.name);
  const lines: string[] = [];
  if (listError !== null) {
    const since = ago(listError.at, nowMs);
    lines.push(`  ${name}  cannot list its models (${since}): ${plain(listError.message)}`);
  }
  if (basePath !== null) lines.push(`  ${name}  its API was found under "${plain(basePath) || "/"}"`);
  for (const { model, fix, error, learnedAt, expiresAt } of learnedFixes) {
    const age = `learned ${ago(learnedAt, nowMs)}, expires in ${span(Date.parse(expiresAt) - nowMs)}`;
    lines.push(`  ${name}  ${plain(model)}  ${plain(fix)}  (${age})`, `    error: ${plain(error)}`);
  }
  for (const { model, key, failures, error, until } of provider.resting) {
    const what = [model, key === null || key === "" ? null : `key ${key}`].filter((part) => part !== null);
    const leftMs = Date.parse(until) - nowMs;
    const state = leftMs > 0 ? `rests for ${duration(leftMs)}` : "is tried again by the next request";
    const count = failures === 1 ? "1 failure" : `${failures} failures`;
    lines.push(
      `  ${[name, ...what.map(plain)].join("  ")}  ${state} (${count} in a row)`,
      `    error: ${plain(error)}`,
    );
  }
  return lines;
}

function duration(ms: number): string {
  return ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : span(ms);
}

function ago(time: string, nowMs: number): string {
  return `${span(nowMs - Date.parse(time))} ago`;
}

function span(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** Removes control characters, because the text comes from another program. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
