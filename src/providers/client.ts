/**
 * One HTTP exchange with a provider.
 *
 * The provider gets the headers of its configuration, and of the client only those that a relay names; never Authorization, Cookie, Origin or Upgrade. Redirects
 * are followed only for model lists, and only on the provider's own server, so that the API key never reaches another
 * origin. Every wait has a timeout. Every failure becomes a `ProxyError` that names the provider.
 */
import { ProxyError } from "../chat/error.ts";
import type { Runtime } from "../runtime.ts";
import { type Connection, mayResend } from "./connections.ts";
import { Deadline } from "./deadline.ts";
import { Exchange } from "./exchange.ts";
import { namedError, seconds, timeout } from "./failure.ts";
import type { KeyHeaders, ProviderKey } from "./keys.ts";
import type { Provider } from "./provider.ts";
import { MAX_REDIRECTS, fetchFollowing, redirectError } from "./redirect.ts";
import { retryAfterMs } from "./retry-after.ts";

export interface Call {
  readonly method: "GET" | "POST" | "DELETE" | "HEAD";
  /** As `Address.url` takes it. */
  readonly path: string;
  /** The base path to try; absent: the known or likeliest one. */
  readonly basePath?: string | undefined;
  /** JSON text, a form, or a stream of bytes. */
  readonly body?: string | FormData | ReadableStream<Uint8Array> | undefined;
  readonly accept: string;
  /** By their name in lower case. If the provider's configuration sets the header too, both values are sent, as a list. */
  readonly headers?: { readonly [name: string]: string } | undefined;
  /** Of the key to use. Absent: a key that does not rest. */
  readonly keyHeaders?: KeyHeaders | undefined;
  /** Aborts when the client disconnects, or when the program shuts down. Then its reason is a `ProxyError`. */
  readonly signal: AbortSignal;
  /** Milliseconds until the response headers; absent: the provider's `timeouts`. */
  readonly headTimeoutMs?: number | undefined;
  /** Follows redirects on the provider's own server. */
  readonly followsRedirects?: boolean | undefined;
  /** For requests that must never be sent twice: a request on a new connection is never sent again. */
  readonly needsNewConnection?: boolean | undefined;
}

/** Throws `ProxyError` when the provider cannot be reached, answers with a redirect, or does not answer in time. */
export async function send(provider: Provider, call: Call, runtime: Runtime): Promise<Exchange> {
  const { connections } = provider;
  const keyHeaders = call.keyHeaders ?? (await headersOfAnyKey(provider));
  const isNew = call.needsNewConnection === true || call.body instanceof ReadableStream;
  const connection = isNew ? connections.open(runtime.now()) : connections.take(runtime.now());
  try {
    return await sendOver(connection, { provider, call, keyHeaders, runtime });
  } catch (error) {
    // A client that disconnects says nothing about the connections: an editor cancels a request at every key stroke.
    if (call.signal.aborted) throw error;
    connections.closeIdle();
    if (!(error instanceof ProxyError) || !mayResend(error, call.method, connection, runtime.now()))
      throw error;
    return await sendOver(connections.open(runtime.now()), { provider, call, keyHeaders, runtime });
  }
}

interface Sending {
  readonly provider: Provider;
  readonly call: Call;
  readonly keyHeaders: KeyHeaders;
  readonly runtime: Runtime;
}

/** Rejects with a `ProxyError` that names the provider when a command gives no key. */
export async function headersOfKey(key: ProviderKey, provider: Provider): Promise<KeyHeaders> {
  try {
    return await key.headers();
  } catch (error) {
    throw error instanceof ProxyError ? error.from(provider) : error;
  }
}

function headersOfAnyKey(provider: Provider): Promise<KeyHeaders> {
  const { keys, state } = provider;
  const key = keys.all.find(({ id }) => !state.health.isKeyResting(id)) ?? keys.all[0];
  return headersOfKey(key, provider);
}

async function sendOver(connection: Connection, sending: Sending): Promise<Exchange> {
  const { provider, call, keyHeaders, runtime } = sending;
  const deadline = new Deadline(runtime.now, call.signal);
  const maxRedirects = call.followsRedirects === true ? MAX_REDIRECTS : 0;
  const url = provider.address.url(call.path, call.basePath);
  const limitMs = call.headTimeoutMs ?? provider.timeouts.firstByteMs;
  deadline.start(limitMs, () => timeout(`did not begin to answer within ${seconds(limitMs)}`));
  try {
    const response = await fetchFollowing(runtime.fetch, maxRedirects, url, {
      method: call.method,
      headers: headersOf(keyHeaders, call),
      ...(call.body === undefined ? {} : { body: call.body }),
      signal: deadline.signal,
      redirect: "manual",
      // Disables Bun's idle timeout of five minutes, because a model may think for longer. `Deadline` has the configured timeouts.
      timeout: false,
      session: connection.session,
    });
    if (response.status >= 300 && response.status < 400) throw redirectError(response, url, call.path);
    const { idleMs } = provider.timeouts;
    deadline.start(idleMs, () => timeout(`sent nothing for ${seconds(idleMs)} in the middle of its reply`));
    const waitMs = retryAfterMs(response.headers, runtime.now());
    const onEnd = (): void => {
      if (!closesConnection(response)) provider.connections.giveBack(connection, runtime.now());
    };
    const { signal } = call;
    return new Exchange(provider, response, waitMs, { deadline, signal, log: runtime.log, onEnd });
  } catch (error) {
    deadline.stop();
    throw namedError(error, call.signal, provider, runtime.log);
  }
}

function closesConnection({ headers }: Response): boolean {
  return /\bclose\b/i.test(headers.get("connection") ?? "");
}

function headersOf(configured: KeyHeaders, call: Call): Record<string, string> {
  return {
    ...(typeof call.body === "string" ? { "content-type": "application/json" } : {}),
    accept: call.accept,
    // Compressed events would be held back until a block is full.
    "accept-encoding": "identity",
    ...joined(configured, call.headers),
  };
}

function joined(configured: KeyHeaders, sent: KeyHeaders = {}): KeyHeaders {
  const lists = Object.entries(sent).map(([name, value]): [string, string] => {
    const own = configured[name];
    return [name, own === undefined ? value : `${own},${value}`];
  });
  return { ...configured, ...Object.fromEntries(lists) };
}
