/** Requests to providers with several keys, and the keys that the providers got. */
import { post } from "./app.ts";
import type { Received, Upstream } from "./upstream.ts";

export const KEYS = ["first-key-of-a-1111", "second-key-of-a-2222", "third-key-of-a-3333"] as const;

export const MESSAGES = [{ role: "user", content: "hi" }];

export function says(content: string): Response {
  return Response.json({ choices: [{ message: { role: "assistant", content }, finish_reason: "stop" }] });
}

export function keyOf({ headers }: Pick<Received, "headers">): string {
  return headers.get("authorization")?.replace("Bearer ", "") ?? "none";
}

/** The last characters of the keys of all requests. */
export function used({ received }: Upstream): readonly string[] {
  return received
    .filter(({ path }) => path.endsWith("/completions"))
    .map((request) => keyOf(request).slice(-4));
}

interface Outcome {
  readonly status: number;
  readonly text: string;
}

export async function ask(
  url: string,
  model = "[a]-m",
  messages: readonly object[] = MESSAGES,
): Promise<Outcome> {
  const response = await post(`${url}/api/chat`, { model, messages, stream: false });
  return { status: response.status, text: await response.text() };
}
