/** A request to each client API, for tests of behaviour that is the same for all of them. */
import { expect } from "bun:test";
import type { SharedProxy } from "./shared-proxy.ts";

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

/** A provider's answer. */
export function json(text: string): () => Response {
  return () => new Response(text, { headers: { "content-type": "application/json" } });
}

/** The request that the provider gets. */
export async function sent(proxy: SharedProxy, path: string, body: string): Promise<string> {
  const answer = json(completion('{"role":"assistant","content":"ok"}'));
  const { status, text, received } = await proxy.exchange(answer, path, body);
  expect({ status, text }).toMatchObject({ status: 200 });
  return received.at(-1)?.text ?? "";
}
