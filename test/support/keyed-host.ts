/** An OpenAI-compatible provider that accepts one key. */
import { startUpstream, type Upstream } from "./upstream.ts";

export interface KeyedHost {
  /** Undefined: no key is needed. */
  readonly key: string | undefined;
  readonly models: readonly string[];
  /** Everybody gets the list, as at OpenRouter. */
  readonly isListPublic?: boolean;
}

export function startKeyedHost({ key, models, isListPublic = false }: KeyedHost): Upstream {
  return startUpstream(({ path, headers }) => {
    const isAccepted = key === undefined || headers.get("authorization") === `Bearer ${key}`;
    const mayList = isAccepted || isListPublic;
    if (path === "/v1/models" && mayList)
      return Response.json({ object: "list", data: models.map((id) => ({ id, object: "model" })) });
    if (path !== "/v1/models" && path !== "/v1/chat/completions")
      return Response.json({ error: { message: "no such path" } }, { status: 404 });
    if (!isAccepted)
      return Response.json({ error: { message: "Incorrect API key provided" } }, { status: 401 });
    const chunks = [
      { choices: [{ index: 0, delta: { role: "assistant", content: "Hi" }, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, finish_reason: "length" }] },
    ];
    const lines = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"];
    return new Response(lines.map((line) => `data: ${line}\n\n`).join(""), {
      headers: { "content-type": "text/event-stream" },
    });
  });
}
