/**
 * `ollama-proxy top`: the running and the last requests of the running program, until Ctrl-C. Without a terminal, one line for
 * each request that ends.
 */
import * as v from "valibot";
import { isTerminal, STDOUT } from "../log.ts";
import type { Options } from "./args.ts";
import { print } from "./console.ts";
import { EXIT } from "./exit-code.ts";
import { createPageLink, fetchPage } from "./page-link.ts";

const requestSchema = v.object({
  id: v.string(),
  startedAtMs: v.number(),
  app: v.optional(v.string()),
  model: v.optional(v.string()),
  provider: v.optional(v.string()),
  totalMs: v.optional(v.number()),
  usage: v.optional(v.object({ outputTokens: v.optional(v.number()) })),
  cost: v.optional(v.object({ usd: v.number() })),
  status: v.optional(v.number()),
  outcome: v.string(),
});
const snapshotSchema = v.object({ requests: v.array(requestSchema) });

type Shown = v.InferOutput<typeof requestSchema>;

const REDRAW_MS = 500;
const MAX_REQUESTS = 200;

/** Ends when the program stops, or at Ctrl-C. */
export async function top(options: Options): Promise<number> {
  const leaving = new AbortController();
  const events = await openEvents(options);
  const requests = new Map<string, Shown>();
  const screen = isTerminal(STDOUT) ? openScreen(() => requests, leaving) : undefined;
  try {
    for await (const { name, data } of readEvents(events, leaving.signal)) {
      const changed = read(name, data);
      for (const request of changed) {
        // A changed request becomes the newest.
        requests.delete(request.id);
        requests.set(request.id, request);
      }
      for (const id of requests.keys()) if (requests.size > MAX_REQUESTS) requests.delete(id);
      if (screen !== undefined || name === "snapshot") continue;
      for (const request of changed) if (request.outcome !== "running") print(lineOf(request, Date.now()));
    }
  } finally {
    screen?.close();
  }
  if (!leaving.signal.aborted) print("The program has stopped");
  return EXIT.ok;
}

function read(name: string, data: string): readonly Shown[] {
  if (name === "snapshot") return v.parse(snapshotSchema, JSON.parse(data)).requests;
  return name === "request" ? [v.parse(requestSchema, JSON.parse(data))] : [];
}

async function openEvents(options: Options): Promise<ReadableStream<Uint8Array>> {
  const { url, link } = await createPageLink(options);
  const entered = await fetchPage(link, {});
  const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
  const { body, status } = await fetchPage(`${url}api/events`, { headers: { cookie } });
  if (body === null || status !== 200) throw new Error(`Cannot read ${url}api/events: status ${status}`);
  return body;
}

/** The events of a stream, until its end or until `signal` aborts. */
async function* readEvents(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<{ readonly name: string; readonly data: string }> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  signal.addEventListener("abort", () => void reader.cancel());
  let text = "";
  for (;;) {
    // A program that is killed does not close its stream.
    const { value } = await reader.read().catch(() => ({ value: undefined }));
    if (value === undefined) return;
    const blocks = (text + decoder.decode(value, { stream: true })).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, name = "", data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (name !== "") yield { name, data };
    }
  }
}

/** Draws the requests on a screen of its own. Ctrl-C aborts `leaving`. */
function openScreen(
  requests: () => ReadonlyMap<string, Shown>,
  leaving: AbortController,
): { readonly close: () => void } {
  const draw = (): void => {
    const { rows, columns } = process.stdout;
    write(`\u001b[H\u001b[J${render([...requests().values()], rows, columns).join("\r\n")}`);
  };
  const leave = (): void => leaving.abort();
  write("\u001b[?1049h\u001b[?25l");
  draw();
  const timer = setInterval(draw, REDRAW_MS);
  process.once("SIGINT", leave);
  process.once("SIGTERM", leave);
  return {
    close() {
      clearInterval(timer);
      process.off("SIGINT", leave);
      process.off("SIGTERM", leave);
      write("\u001b[?25h\u001b[?1049l");
    },
  };
}

function write(text: string): void {
  process.stdout.write(text);
}

/** Running requests first, then the last ones. */
function render(requests: readonly Shown[], rows: number, columns: number): readonly string[] {
  const newest = requests.toReversed();
  const running = newest.filter(({ outcome }) => outcome === "running");
  const ended = newest.filter(({ outcome }) => outcome !== "running");
  const title = `ollama-proxy: ${running.length} running. Ctrl-C ends this view, not the program.`;
  const nowMs = Date.now();
  return [title, HEAD, ...[...running, ...ended].map((request) => lineOf(request, nowMs))]
    .slice(0, rows - 1)
    .map((line) => Bun.sliceAnsi(line, 0, columns));
}

const HEAD = "time      outcome        duration   tokens        cost  app               provider      model";

function lineOf(request: Shown, nowMs: number): string {
  const {
    startedAtMs,
    outcome,
    status,
    totalMs = nowMs - startedAtMs,
    usage,
    cost,
    app,
    provider,
    model,
  } = request;
  const time = new Date(startedAtMs).toTimeString().slice(0, 8);
  const end = outcome === "failed" ? `failed (${status ?? ""})` : outcome;
  return [
    time,
    end.padEnd(13),
    `${(Math.max(0, totalMs) / 1000).toFixed(1)} s`.padStart(8),
    String(usage?.outputTokens ?? "").padStart(8),
    (cost === undefined ? "unknown" : `$${cost.usd.toFixed(4)}`).padStart(11),
    fitted(app?.split(/\s/)[0], 16),
    fitted(provider, 12),
    plain(model ?? ""),
  ].join("  ");
}

function fitted(text: string | undefined, width: number): string {
  const shown = plain(text ?? "").slice(0, width);
  return shown + " ".repeat(Math.max(0, width - Bun.stringWidth(shown)));
}

/** Names come from clients. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ");
}
