/** Collects everything that an exchange shows, for tests that search it for secrets. */
import type { ProviderConfig } from "../../src/config/schema.ts";
import { startTestApp } from "./app.ts";
import { fixedRuntime } from "./runtime.ts";

/** A key without a known prefix, with every kind of character that an encoding escapes. */
export const KEY = String.raw`Q7+x/y$z.(w)^v"\e&|<k>'*u=Hn4Kp9Lm2`;
export const PLAIN = "Zk81mQp07vXw55Rt";

/** Everything that an exchange shows, as one text. */
export interface Seen {
  readonly status: number;
  readonly reply: string;
  readonly shown: string;
}

export async function see(
  providers: readonly ProviderConfig[],
  ask: (url: string) => Promise<Response>,
): Promise<Seen> {
  const lines: unknown[] = [];
  const runtime = fixedRuntime((...line) => void lines.push(line));
  await using app = await startTestApp(providers, runtime);
  const response = await ask(app.url);
  const reply = await response.text();
  return {
    status: response.status,
    reply,
    shown: [reply, JSON.stringify([...response.headers]), ...lines.map((line) => JSON.stringify(line))].join(
      "\n",
    ),
  };
}

export const CHAT = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
