/** The table of faults by client API, mode and upstream API. A cell is one request with the conditions for its answer. */
import type { ProviderConfig } from "../../../src/config/schema.ts";
import { type Runtime, createRuntime } from "../../../src/runtime.ts";
import { type TestApp, startTestApp, testProvider } from "../app.ts";
import { BODY_FAULTS } from "./body-faults.ts";
import { CLIENT_APIS, type ClientApi, type Got, type Verdict, judge } from "./client.ts";
import { CONNECTION_FAULTS } from "./connection-faults.ts";
import { type Expected, type Fault, SECRET } from "./fault.ts";
import { MEMBER_FAULTS } from "./member-faults.ts";
import { type HostileProvider, startHostile } from "./server.ts";
import { SECRET_FAULTS, SECRET_FORMS } from "./secret-faults.ts";
import { STATUS_FAULTS } from "./status-faults.ts";
import { received } from "../received.ts";

/** The API of the provider. */
const UPSTREAMS = ["openai", "ollama", "anthropic", "responses"] as const;
type Upstream = (typeof UPSTREAMS)[number];

export interface Cell {
  readonly name: string;
  readonly fault: Fault;
  readonly api: ClientApi;
  readonly streams: boolean;
  readonly upstream: Upstream;
}

const FAULTS: readonly Fault[] = [
  ...CONNECTION_FAULTS,
  ...BODY_FAULTS,
  ...MEMBER_FAULTS,
  ...STATUS_FAULTS,
  ...SECRET_FAULTS,
];

export const CELLS: readonly Cell[] = FAULTS.flatMap((fault) =>
  CLIENT_APIS.flatMap((api) =>
    upstreamsOf(api).flatMap((upstream) =>
      (api.canStream ? [true, false] : [false]).map((streams): Cell => {
        const mode = streams ? "streamed" : "whole";
        return { name: `${fault.name} ${api.path} ${mode} ${upstream}`, fault, api, streams, upstream };
      }),
    ),
  ),
);

function upstreamsOf({ path }: ClientApi): readonly Upstream[] {
  return UPSTREAMS.filter((upstream) => upstream !== "anthropic" || !path.includes("/embed"));
}

/** `count` cells, spread evenly over the table, the same in every run. Cells that take seconds are omitted. */
export function sampleOf(count: number): readonly Cell[] {
  const quick = CELLS.filter(({ fault }) => fault.pace !== "is slow");
  return Array.from(
    { length: count },
    (_, index) => quick[Math.floor((index * quick.length) / count)],
  ).filter((cell) => cell !== undefined);
}

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: { readonly [key: string]: unknown };
}

export class FaultTable implements AsyncDisposable {
  readonly #hostile: HostileProvider;
  readonly #app: TestApp;
  readonly #lines: LogLine[];

  /** Has the providers that these cells need. */
  static async start(cells: readonly Cell[]): Promise<FaultTable> {
    const faults = [...new Set(cells.map(({ fault }) => fault))];
    const hostile = startHostile(faults);
    const lines: LogLine[] = [];
    const runtime: Runtime = {
      ...createRuntime((level, message, fields = {}) => void lines.push({ level, message, fields })),
      sleep: () => Promise.resolve(),
    };
    const providers = new Map<string, ProviderConfig>();
    for (const { fault, upstream } of cells) {
      const provider = providerOf(fault, upstream, hostile.urlOf(fault));
      providers.set(provider.name, provider);
    }
    return new FaultTable(hostile, await startTestApp([...providers.values()], runtime), lines);
  }

  private constructor(hostile: HostileProvider, app: TestApp, lines: LogLine[]) {
    this.#hostile = hostile;
    this.#app = app;
    this.#lines = lines;
  }

  /** One sentence for each wrong answer; `[]` when all answers are right. */
  async faultsOf(cells: readonly Cell[]): Promise<readonly string[]> {
    const found: string[] = [];
    const waiting = [...cells];
    const work = async (): Promise<void> => {
      for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
        const { name } = cell;
        found.push(...(await this.#check(cell)).map((fault) => `${name}: ${fault}`));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (!(await this.#isAlive())) found.push("/api/version does not answer after these faults");
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
    this.#hostile[Symbol.dispose]();
  }

  async #check(cell: Cell): Promise<readonly string[]> {
    const { api, fault, streams, upstream } = cell;
    const tag = `[${tagOf(fault, upstream)}]`;
    const model = `${tag}-${modelOf(streams)}`;
    const seen = this.#lines.length;
    let got: Got & { readonly headers: string };
    try {
      got = await ask(this.#app.url + api.path, { ...api.ask, model, stream: streams });
    } catch (error) {
      return [`no answer: ${String(error)}`];
    }
    const verdict = judge(api, streams, got);
    const expected = fault.expected({ path: upstreamPathOf(api.path, upstream), streams });
    const since = this.#lines.slice(seen);
    const lines = since.filter(({ fields }) => fields["model"] === model);
    const told = `${got.headers}${got.text}${JSON.stringify(since)}`;
    const ours = since.filter(({ level }) => level === "error").map((line) => JSON.stringify(line));
    return [
      ...ours.map((line) => `a fault of our own at the time: ${line}`),
      ...faultsOfRetryAfter(got.headers),
      ...faultsOfVerdict(verdict, expected, got, tag),
      ...faultsOfLog(lines, api.path, got, verdict),
      ...SECRET_FORMS.filter((form) => told.includes(form)).map((form) => `the secret is told: ${form}`),
    ];
  }

  async #isAlive(): Promise<boolean> {
    const response = await fetch(`${this.#app.url}/api/version`, { signal: AbortSignal.timeout(LIMIT_MS) });
    return response.ok && (await response.text()).includes("version");
  }
}

const AT_ONCE = 24;
/** Longer than all limits and attempts of a request together. */
const LIMIT_MS = 20_000;
/** Timeouts of providers that stall. All others get enough time for the slowest machine. */
const SHORT_MS = 100;

function tagOf(fault: Fault, upstream: Upstream): string {
  return `${fault.name}.${upstream}`;
}

function modelOf(streams: boolean): string {
  return streams ? "streamed" : "whole";
}

function providerOf(fault: Fault, upstream: Upstream, url: string): ProviderConfig {
  const limitMs = fault.pace !== undefined ? SHORT_MS : LIMIT_MS;
  const capabilities = ["completion", "embedding"] as const;
  return testProvider(upstream === "ollama" ? url : `${url}/v1`, {
    name: tagOf(fault, upstream),
    apiType: upstream,
    secrets: [SECRET],
    models: [true, false].map((streams) => ({ name: modelOf(streams), capabilities })),
    timeouts: { firstByteMs: limitMs, idleMs: limitMs },
  });
}

/** The route of the provider for such a request. */
function upstreamPathOf(path: string, upstream: Upstream): string {
  if (upstream === "ollama" && /^\/api\/|^\/v1\/(?:messages|responses)$/.test(path)) return path;
  if (upstream === "anthropic") return "/v1/messages";
  if (path.includes("/embed")) return "/v1/embeddings";
  if (upstream === "responses") return "/v1/responses";
  return path === "/v1/completions" || path === "/v1/embeddings" ? path : "/v1/chat/completions";
}

async function ask(url: string, body: object): Promise<Got & { readonly headers: string }> {
  const response = await within(received(url, body));
  return {
    status: response.status,
    contentType: response.headers.get("content-type") ?? "",
    headers: [...response.headers].join("\n"),
    text: await response.text(),
  };
}

/** Rejects when the reply takes longer than the limit. */
async function within(reply: Promise<Response>): Promise<Response> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(new Error(`no reply within ${LIMIT_MS} ms`)), LIMIT_MS);
  try {
    return await Promise.race([reply, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Matches the end of a complete reply of each API. */
const SUCCESS =
  /"done":\s*true|"finish_reason":\s*"|"stop_reason":\s*"|event: message_stop|event: response\.completed|data: \[DONE\]/;

/** Messages that Ollama clients match, and that must not change. */
const CLIENTS_OWN = /^this model does not support embeddings$|^the input length exceeds the context length$/;

const OURS =
  /ollama-proxy|internal|call stack|undefined|\[object \w+\]|NaN|exchange with the provider failed/i;

function faultsOfVerdict(
  verdict: Verdict,
  expected: Expected,
  { text }: Got,
  tag: string,
): readonly string[] {
  const excerpt = JSON.stringify(text.slice(-300));
  switch (verdict.type) {
    case "neither":
      return [`${verdict.why}: ${excerpt}`];
    case "reply":
      if (expected === "error") return [`a success: ${excerpt}`];
      return expected === "either" || /world|0\.\d/.test(text) ? [] : [`the reply is not whole: ${excerpt}`];
    case "error": {
      const { message } = verdict;
      return [
        ...(expected === "reply" ? [`an error: ${message}`] : []),
        ...(message.includes(tag) || CLIENTS_OWN.test(message)
          ? []
          : [`the provider is not named: ${message}`]),
        ...(OURS.test(message) ? [`a fault of our own: ${message}`] : []),
        ...(message.length > 2500 ? [`a message of ${message.length} characters`] : []),
        ...(expected === "error" && SUCCESS.test(text) ? [`an end of success: ${excerpt}`] : []),
      ];
    }
    default:
      return ["unknown verdict"];
  }
}

/** The client must never get a `Retry-After` of years or without a number, whatever the provider sends. */
function faultsOfRetryAfter(headers: string): readonly string[] {
  const value = /^retry-after: (.*)$/m.exec(headers)?.[1];
  const isSound = value === undefined || (/^\d+$/.test(value) && Number(value) <= 31 * 86_400);
  return isSound ? [] : [`retry-after is ${value}`];
}

/** Each request has one log line with its outcome. */
function faultsOfLog(lines: readonly LogLine[], path: string, got: Got, verdict: Verdict): readonly string[] {
  const [line, ...others] = lines.filter(({ message }) => message === `POST ${path}`);
  if (line === undefined || others.length > 0) return [`${1 + others.length} lines in the log`];
  const { status, problem } = line.fields;
  return [
    ...(status === got.status ? [] : [`the log has status ${String(status)}`]),
    ...((problem !== undefined) === (verdict.type === "error") ? [] : [`the log says ${String(problem)}`]),
  ];
}
