/** What the page asks for, by method and path below `/ui/`. */
import * as v from "valibot";
import { ProxyError } from "../chat/error.ts";
import { parseJson } from "../wire/json.ts";
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
    "GET api/models": () => options.models(),
    "GET api/config": () => ({ path: options.editor.path, text: options.editor.read() }),
    "POST api/config": async (request) => {
      const { text, before } = await read(request, configSchema);
      const problem = options.editor.save(text, before);
      if (problem !== undefined) throw new ProxyError("bad-request", problem);
      return { saved: true };
    },
    "POST api/stop": async (request) => {
      const { id } = await read(request, stopSchema);
      return { stopped: options.live.stop(id) };
    },
    "POST api/forget": async (request) => {
      const { provider, model } = await read(request, forgetSchema);
      return { forgotten: options.forget(provider, model) };
    },
    "GET api/usage": (_request, query) => readUsage(options.program, query),
  };
}

/** The configuration is the longest text: twice 1 MiB, in JSON. */
const MAX_BODY_BYTES = 5 * 1024 * 1024;

const configSchema = v.object({ text: v.string(), before: v.string() });
const stopSchema = v.object({ id: v.string() });
const forgetSchema = v.object({ provider: v.string(), model: v.string() });

/** The JSON body. Throws `bad-request`. */
async function read<S extends v.GenericSchema>(request: Request, schema: S): Promise<v.InferOutput<S>> {
  const length = Number(request.headers.get("content-length") ?? Infinity);
  const body = length <= MAX_BODY_BYTES ? parseJson(await request.text()) : undefined;
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  throw new ProxyError("bad-request", "This page belongs to another version of ollama-proxy; reload it");
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
