/** The attempt loop with several candidates. A name leads to one candidate today, so no client can show this yet. */
import { expect, test } from "bun:test";
import { type ErrorKind, ProxyError } from "../../src/chat/error.ts";
import { CatalogKeeper } from "../../src/models/catalog.ts";
import { describeModel } from "../../src/models/capabilities.ts";
import { Budget, type Plan, attempt } from "../../src/pipeline/attempt.ts";
import { firstReply } from "../../src/pipeline/fallback.ts";
import { readWhole } from "../../src/pipeline/read-reply.ts";
import { RecentApps } from "../../src/pipeline/recent-apps.ts";
import { MetricsSink } from "../../src/pipeline/metrics-sink.ts";
import { Recorder } from "../../src/pipeline/record.ts";
import type { Candidate } from "../../src/pipeline/resolve.ts";
import type { RequestContext } from "../../src/pipeline/services.ts";
import { ToolCallCache } from "../../src/pipeline/tool-call-cache.ts";
import { CACHE_LIMITS, REPLY_LIMITS } from "../../src/providers/limits.ts";
import { createProvider } from "../../src/providers/provider.ts";
import { ProviderState } from "../../src/providers/state.ts";
import { testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const RUNTIME = fixedRuntime();
/** For as long as one candidate is asked. */
const BUSY = [503, 503, 503];

/** Each upstream answers with the next of its statuses, then with 200 and its own name. */
async function ask(
  statuses: readonly (readonly number[])[],
  maxRequests: number,
  nameOf = (index: number) => `provider ${index}`,
) {
  using servers = new DisposableStack();
  const upstreams = statuses.map((list, index) => {
    const left = [...list];
    return servers.use(startUpstream(() => new Response(nameOf(index), { status: left.shift() ?? 200 })));
  });
  const candidates = await Promise.all(upstreams.map(({ url }, index) => candidateAt(url, `p${index}`)));
  const context = contextOf(maxRequests);
  const budget = new Budget(context);
  const serveAt = (candidate: Candidate) => attempt(candidate, planFor(), context, budget);
  const answered = firstReply(candidates, serveAt, budget);
  const outcome = await answered.then(
    ({ reply, candidate }) => `${candidate.provider.name}: ${reply}`,
    (error: unknown) => (error instanceof ProxyError ? error.kind : String(error)),
  );
  return { outcome, requests: upstreams.map(({ received }) => received.length) };
}

async function candidateAt(url: string, name: string): Promise<Candidate> {
  const limits = { ...REPLY_LIMITS, ...CACHE_LIMITS };
  const state = new ProviderState({ now: RUNTIME.now, limits });
  const settings = { version: "1", runtime: RUNTIME, limits, countsTimeoutMs: 0 };
  const provider = await createProvider(testProvider(`${url}/v1`, { name }), state, settings);
  const listed = { name: `[${name}]-m`, model: describeModel("m", {}), modifiedAt: "2026-01-01T00:00:00Z" };
  return { provider, listed };
}

function contextOf(maxRequests: number): RequestContext {
  const catalog = new CatalogKeeper<Candidate["provider"]>([], () => Promise.resolve([]), RUNTIME.now, {
    aliases: [],
    disabled: [],
    onListChange: () => undefined,
    undatedAtMs: 0,
  });
  const start = {
    id: "1",
    startedAtMs: RUNTIME.now(),
    method: "POST",
    path: "/",
    key: undefined,
    app: undefined,
  };
  return {
    clientHeaders: new Headers(),
    services: {
      providers: [],
      catalog,
      toolCalls: new ToolCallCache(CACHE_LIMITS),
      attempts: { maxRequests, maxWaitMs: 60_000 },
      metrics: new MetricsSink(),
      runtime: RUNTIME,
      program: {
        configPath: "",
        startedAtMs: 0,
        recentApps: new RecentApps("", (text) => text),
      },
    },
    recorder: new Recorder(start, [], () => undefined),
    startedAtMs: RUNTIME.now(),
    signal: new AbortController().signal,
  };
}

const KINDS: { readonly [status: number]: ErrorKind } = {
  400: "bad-request",
  429: "rate-limited",
  503: "overloaded",
};

function planFor(): Plan<string> {
  return {
    mode: "relay",
    passesHeaders: false,
    decodeError: (status) =>
      new ProxyError(KINDS[status] ?? "internal", `status ${status}`, { isTransient: status !== 400 }),
    encode: () => ({
      path: "/chat/completions",
      accept: "*/*",
      body: { type: "json", value: {}, encode: JSON.stringify },
      droppedParams: [],
      read: (exchange) =>
        readWhole(exchange, (text) => {
          if (text === "fault") throw new TypeError("undefined is not a function");
          if (!text.startsWith("provider")) throw new ProxyError("upstream-invalid", "unreadable");
          return text;
        }),
    }),
  };
}

test("a candidate that keeps failing is followed by the next one", async () => {
  expect(await ask([BUSY, []], 6)).toEqual({ outcome: "p1: provider 1", requests: [3, 1] });
});

test("a request that no provider would accept goes to no other candidate", async () => {
  expect(await ask([[400], []], 6)).toEqual({ outcome: "bad-request", requests: [1, 0] });
});

test("a reply that cannot be read was paid for, so no other candidate is asked", async () => {
  expect(await ask([[], []], 6, () => "nonsense")).toEqual({ outcome: "upstream-invalid", requests: [1, 0] });
});

test("the client gets the error of the last candidate", async () => {
  expect(await ask([BUSY, [429, 429, 429]], 6)).toEqual({ outcome: "rate-limited", requests: [3, 3] });
});

test("all candidates share one budget", async () => {
  expect(await ask([BUSY, BUSY, []], 4)).toEqual({ outcome: "overloaded", requests: [3, 1, 0] });
  expect(await ask([BUSY, []], 3)).toEqual({ outcome: "overloaded", requests: [3, 0] });
});

test("a fault of the program is not blamed on the provider's connection", async () => {
  expect(await ask([[], []], 6, () => "fault")).toEqual({ outcome: "internal", requests: [1, 0] });
});
