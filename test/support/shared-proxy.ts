/**
 * One provider and one proxy for all tests of a file, for tests that change no state of either. Starting them costs more than a
 * request does.
 */
import { afterAll, beforeAll } from "bun:test";
import type { ProviderConfig } from "../../src/config/schema.ts";
import { type TestApp, startTestApp, testProvider } from "./app.ts";
import { receive } from "./received.ts";
import { type Received, type Upstream, startUpstream } from "./upstream.ts";

type Answer = (request: Received) => Response | Promise<Response>;

export interface Exchanged {
  readonly status: number;
  readonly text: string;
  /** The requests that the provider has got. */
  readonly received: readonly Received[];
}

export interface SharedProxy {
  /** Sends `body` to a path of the proxy. Every answer of the provider is the given one. */
  exchange(answer: Answer, path: string, body: string): Promise<Exchanged>;
}

function notFound(): Response {
  return new Response(null, { status: 404 });
}

/** Must be called at the top of a file. `overrides` are of the provider. */
export function useProxy(overrides: Partial<ProviderConfig> = {}): SharedProxy {
  let answer: Answer = notFound;
  let upstream: Upstream | undefined;
  let app: TestApp | undefined;
  beforeAll(async () => {
    upstream = startUpstream((request) => answer(request));
    app = await startTestApp([testProvider(upstream.url, overrides)]);
  });
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    upstream?.[Symbol.dispose]();
  });
  return {
    async exchange(given, path, body) {
      answer = given;
      const before = upstream?.received.length ?? 0;
      const { response } = await receive(`${app?.url}${path}`, body);
      const text = await response.text();
      return { status: response.status, text, received: upstream?.received.slice(before) ?? [] };
    },
  };
}
