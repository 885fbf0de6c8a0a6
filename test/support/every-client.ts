/** A request to each client API, for tests of behaviour that is the same for all of them. */
import { expect } from "bun:test";
import { startTestApp, testProvider } from "./app.ts";
import { type Upstream, startUpstream } from "./upstream.ts";

export const HI = '[{"role":"user","content":"hi"}]';

/** The members of a request to each client API. A test can write others before them, such as `tools`. */
export const REQUESTS = {
  "/api/chat": `"model":"[p]-m","stream":false,"messages":${HI}`,
  "/v1/chat/completions": `"model":"[p]-m","messages":${HI}`,
  "/v1/messages": `"model":"[p]-m","max_tokens":9,"messages":${HI}`,
  "/v1/responses": '"model":"[p]-m","input":"hi"',
} as const;

export type ClientPath = keyof typeof REQUESTS;

function isPath(path: string): path is ClientPath {
  return path in REQUESTS;
}

export const PATHS = Object.keys(REQUESTS).filter(isPath);

/** A reply. The message is JSON text, so that the test decides its exact bytes. */
export function completion(message: string, finish = "stop"): string {
  return `{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":${message},"finish_reason":"${finish}"}],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}}`;
}

export function startJsonUpstream(text: string): Upstream {
  return startUpstream(() => new Response(text, { headers: { "content-type": "application/json" } }));
}

export async function exchange(
  upstream: Upstream,
  path: string,
  body: string,
): Promise<{ status: number; text: string }> {
  await using app = await startTestApp([testProvider(upstream.url)]);
  const response = await fetch(app.url + path, { method: "POST", body });
  return { status: response.status, text: await response.text() };
}

/** The request that the provider gets. */
export async function sent(path: string, body: string): Promise<string> {
  using upstream = startJsonUpstream(completion('{"role":"assistant","content":"ok"}'));
  const { status, text } = await exchange(upstream, path, body);
  expect({ status, text }).toMatchObject({ status: 200 });
  return upstream.received.at(-1)?.text ?? "";
}
