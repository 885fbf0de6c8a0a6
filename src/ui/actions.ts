/** What the page asks for, by method and path below `/ui/`. */
import { ProxyError } from "../chat/error.ts";
import { isObject, stringAt } from "../wire/json.ts";
import type { UiOptions } from "./ui.ts";

/** Returns a response, or the value of a JSON response. Throws `ProxyError`. */
type Action = (request: Request, query: URLSearchParams) => unknown;

export interface Actions {
  readonly [methodAndPath: string]: Action | undefined;
}

export function createActions(options: UiOptions): Actions {
  return {
    "GET api/events": (request) => options.live.open(AbortSignal.any([request.signal, options.stopping])),
    "GET api/providers": () => options.status(),
    "POST api/stop": async (request) => ({ stopped: options.live.stop(idIn(await request.json())) }),
    "GET api/usage": (_request, query) => readUsage(options.program, query),
  };
}

function idIn(body: unknown): string {
  const id = stringAt(isObject(body) ? body : {}, "id");
  if (id === undefined) throw new ProxyError("bad-request", 'The page sent no "id"');
  return id;
}

const REPORT_TIMEOUT_MS = 20_000;

/**
 * Runs `ollama-proxy usage --json`. A report of a long history takes up to a second, which would stop every stream if it ran in
 * this process.
 */
async function readUsage(program: readonly string[], query: URLSearchParams): Promise<unknown> {
  const flags = ["by", "per", "since"].flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [`--${name}=${value}`];
  });
  const child = Bun.spawn([...program, "usage", "--json", ...flags], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: REPORT_TIMEOUT_MS,
  });
  const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) === 0) return JSON.parse(text);
  const reason = problem.split("\n")[0] ?? "";
  throw new ProxyError("bad-request", `Cannot read the history: ${reason || "it takes too long"}`);
}
