/** An alias `max` of several providers that answer as a test says. */
import type { Runtime } from "../../src/runtime.ts";
import { startConfigured } from "./app.ts";
import { Clock } from "./clock.ts";
import { received } from "./received.ts";
import { type Upstream, startUpstream } from "./upstream.ts";

export const MESSAGES = [{ role: "user", content: "hi" }];

export function says(content: string): Response {
  return Response.json({ choices: [{ message: { role: "assistant", content }, finish_reason: "stop" }] });
}

export function fails(
  status: number,
  message = `status ${status}`,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ error: { message } }, { status, headers });
}

/** Answers with the next of the replies, and then with its name. */
export function startScripted(name: string, replies: readonly (() => Response)[]): Upstream {
  const left = [...replies];
  return startUpstream(() => left.shift()?.() ?? says(name));
}

interface Setting {
  readonly upstreams: readonly { readonly url: string }[];
  /** Further keys of the alias. */
  readonly alias?: string;
  /** Further keys of each model. */
  readonly models?: readonly string[];
  readonly clock?: Clock;
  readonly runtime?: Runtime;
}

/** The providers a, b, c … with the model `m`, and the alias `max` of all. */
export function startAlias({
  upstreams,
  alias = "",
  models = [],
  clock = new Clock(),
  runtime = clock.runtime,
}: Setting) {
  const names = ["a", "b", "c"].slice(0, upstreams.length);
  const providers = upstreams.map(
    ({ url }, index) =>
      `- {name: ${names[index]}, url: "${url}/v1", models: [{name: m${models[index] ?? ""}}], timeouts: {first_byte: 50ms}}`,
  );
  const use = names.map((name) => `"[${name}]-m"`).join(", ");
  return startConfigured(
    `providers:\n${providers.join("\n")}\nmodels:\n- {name: max, use: [${use}]${alias}}\n`,
    runtime,
  );
}

interface Outcome {
  readonly status: number;
  readonly text: string;
  readonly provider: string | null;
}

export async function ask(url: string, body: object = {}, path = "/api/chat"): Promise<Outcome> {
  const response = await received(url + path, { model: "max", messages: MESSAGES, stream: false, ...body });
  const text = await response.text();
  return { status: response.status, text, provider: response.headers.get("x-ollama-proxy-provider") };
}
