/** An Ollama server, or a gateway to one, that has only the routes under `/api`. */
import { parseJson } from "../../src/wire/json.ts";
import { type Received, type Upstream, startUpstream } from "./upstream.ts";

export const LINES = [
  {
    model: "m",
    created_at: "2026-01-01T00:00:00Z",
    message: { role: "assistant", content: "", thinking: "hm" },
    done: false,
  },
  {
    model: "m",
    created_at: "2026-01-01T00:00:00Z",
    message: { role: "assistant", content: "Hel" },
    done: false,
  },
  {
    model: "m",
    created_at: "2026-01-01T00:00:00Z",
    message: { role: "assistant", content: "lo" },
    done: false,
  },
  {
    model: "m",
    created_at: "2026-01-01T00:00:00Z",
    message: { role: "assistant", content: "" },
    done: true,
    done_reason: "stop",
    prompt_eval_count: 11,
    eval_count: 5,
  },
];
const WHOLE = {
  ...LINES.at(-1),
  message: { role: "assistant", content: "Hello", thinking: "hm" },
};

function ndjson(lines: readonly object[]): Response {
  return new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** A server with `/api` only. `missing` is its answer to every other path. */
export function startOld(
  answer: (body: unknown) => Response = (body) =>
    JSON.stringify(body).includes('"stream":false') ? Response.json(WHOLE) : ndjson(LINES),
  missing: () => Response = () => new Response("404 page not found", { status: 404 }),
): Upstream {
  return startUpstream(({ path, text }: Received) => {
    if (!path.startsWith("/api/")) return missing();
    if (path === "/api/embed") return Response.json({ embeddings: [[0.6, 0.8]], prompt_eval_count: 2 });
    return answer(parseJson(text));
  });
}
