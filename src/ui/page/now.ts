/** The view of running and recent requests. Every change comes over one event stream. */
import * as v from "valibot";
import { tell } from "./api.ts";
import { button, foreign, h } from "./dom.ts";
import { cost, duration, rate, time, whole } from "./format.ts";
import { type LiveRequest, requestSchema, snapshotSchema } from "./model.ts";
import type { View } from "./view.ts";

const COLUMNS = [
  "Time",
  "App",
  "Model",
  "Answered by",
  "Attempts",
  "First byte",
  "Duration",
  "Tokens",
  "Tokens/s",
  "Cost",
  "Outcome",
];
/** Rows that stay in the table. */
const MAX_ROWS = 200;
const TICK_MS = 1000;

export const now: View = {
  title: "Now",
  open(main, report) {
    const table = new RequestTable();
    main.append(
      h("h2", {}, "Requests"),
      h(
        "p",
        { class: "hint" },
        "The newest request is first. Select a time to see what happened to the request.",
      ),
      table.element,
    );
    const events = new EventSource("api/events");
    events.addEventListener("open", () => report(""));
    events.addEventListener("error", () => report("Not connected to ollama-proxy; trying again"));
    events.addEventListener("snapshot", ({ data }) => {
      const { nowMs, requests } = v.parse(snapshotSchema, JSON.parse(String(data)));
      table.reset(nowMs, requests);
    });
    events.addEventListener("request", ({ data }) =>
      table.update(v.parse(requestSchema, JSON.parse(String(data)))),
    );
    const ticking = setInterval(() => table.tick(), TICK_MS);
    return () => {
      clearInterval(ticking);
      events.close();
    };
  },
};

class RequestTable {
  readonly element: HTMLElement;
  readonly #body = h("tbody");
  readonly #empty = h("p", { class: "empty" }, "No request yet. Use a model in an app, and it appears here.");
  readonly #requests = new Map<string, LiveRequest>();
  readonly #rows = new Map<string, HTMLTableRowElement>();
  /** The clock of the program minus that of the browser. */
  #offsetMs = 0;

  constructor() {
    const head = h("tr", {}, ...COLUMNS.map((column) => h("th", { scope: "col" }, column)));
    const caption = h("caption", { class: "hidden" }, "Running and recent requests");
    this.element = h(
      "div",
      {},
      h("table", { class: "cards" }, caption, h("thead", {}, head), this.#body),
      this.#empty,
    );
  }

  reset(nowMs: number, requests: readonly LiveRequest[]): void {
    this.#offsetMs = nowMs - Date.now();
    this.#requests.clear();
    this.#rows.clear();
    this.#body.replaceChildren();
    for (const request of requests) this.update(request);
    this.#empty.hidden = requests.length > 0;
  }

  update(request: LiveRequest): void {
    if (request.model === undefined) return;
    this.#empty.hidden = true;
    this.#requests.set(request.id, request);
    const row = this.#rowOf(request);
    const old = this.#rows.get(request.id);
    this.#rows.set(request.id, row);
    if (old === undefined) this.#body.prepend(row);
    else this.#replace(old, row);
    if (this.#rows.size > MAX_ROWS) this.#removeOldest();
  }

  /** Moves the durations of running requests on. */
  tick(): void {
    for (const request of this.#requests.values()) {
      const cell = this.#rows.get(request.id)?.querySelector("[data-duration]");
      if (request.outcome === "running" && cell) cell.textContent = duration(this.#elapsedMs(request));
    }
  }

  /** Keeps the focus where it was. */
  #replace(old: HTMLTableRowElement, row: HTMLTableRowElement): void {
    const focused = old.contains(document.activeElement);
    old.replaceWith(row);
    if (focused) row.querySelector("button")?.focus();
  }

  #removeOldest(): void {
    const row = this.#body.lastElementChild;
    const id = row?.getAttribute("data-id") ?? "";
    row?.remove();
    this.#rows.delete(id);
    this.#requests.delete(id);
  }

  #elapsedMs({ startedAtMs, totalMs }: LiveRequest): number {
    return totalMs ?? Math.max(0, Date.now() + this.#offsetMs - startedAtMs);
  }

  #rowOf(request: LiveRequest): HTMLTableRowElement {
    const { attempts, provider, upstreamModel, usage, firstByteMs } = request;
    const answeredBy = provider === undefined ? "–" : `${provider}: ${upstreamModel ?? ""}`;
    const tokens = usage === undefined ? "–" : `${whole(usage.inputTokens)} → ${whole(usage.outputTokens)}`;
    const elapsed = h("span", { "data-duration": true }, duration(this.#elapsedMs(request)));
    const values: readonly (Node | string)[] = [
      button(time(request.startedAtMs), () => openDetails(request), { class: "link" }),
      foreign(appOf(request.app)),
      foreign(request.model ?? ""),
      foreign(answeredBy),
      whole(attempts.length),
      duration(firstByteMs),
      elapsed,
      request.isUsageEstimated ? `about ${tokens}` : tokens,
      rate(tokensPerSecond(request)),
      request.outcome === "running" ? "–" : cost(request.cost?.usd),
      outcomeOf(request),
    ];
    return h(
      "tr",
      { "data-id": request.id, class: request.outcome },
      ...values.map((value, index) => h("td", { "data-label": COLUMNS[index] }, value)),
    );
  }
}

function appOf(app: string | undefined): string {
  return app?.split(/\s/)[0] ?? "unknown";
}

function outcomeOf(request: LiveRequest): Node {
  if (request.outcome !== "running") {
    const status = request.outcome === "failed" ? ` (${request.status ?? ""})` : "";
    return h("span", { class: "outcome", title: request.problem }, request.outcome + status);
  }
  const stop = button("Stop", () => {
    stop.disabled = true;
    void tell("stop", { id: request.id }).catch(() => (stop.disabled = false));
  });
  stop.setAttribute("aria-label", `Stop the request for ${request.model ?? ""}`);
  return h("span", { class: "outcome" }, "running ", stop);
}

function tokensPerSecond({ usage, totalMs, firstByteMs }: LiveRequest): number | undefined {
  if (usage?.outputTokens === undefined || totalMs === undefined) return undefined;
  const ms = totalMs - (firstByteMs ?? 0) || totalMs;
  return ms > 0 ? (usage.outputTokens / ms) * 1000 : undefined;
}

/** What happened to one request, in the order of time. */
function openDetails(request: LiveRequest): void {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Request", request.id],
    ["Path", request.path],
    ["App", request.app],
    ["Key", request.key],
    ["Model", request.model],
    ["Provider", request.provider],
    ["Model of the provider", request.upstreamModel],
    ["Mode", request.mode],
    ["Dropped parameters", request.droppedParams.join(", ") || undefined],
    ["Learned fixes", request.fixes.join(", ") || undefined],
    ["Cached input tokens", request.usage?.cachedTokens?.toString()],
    ["Reasoning tokens", request.usage?.reasoningTokens?.toString()],
    ["Source of the cost", request.cost?.source],
    ["Problem", request.problem],
  ];
  const list = h("dl");
  for (const [name, value] of facts) {
    if (value !== undefined) list.append(h("dt", {}, name), h("dd", {}, foreign(value)));
  }
  const close = button("Close", () => dialog.close());
  const dialog = h(
    "dialog",
    { "aria-labelledby": "details-title" },
    h("h2", { id: "details-title" }, `Request of ${time(request.startedAtMs)}`),
    list,
    h("h3", {}, "Timeline"),
    h("ol", { class: "timeline" }, ...timelineOf(request).map((step) => h("li", {}, foreign(step)))),
    close,
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function timelineOf(request: LiveRequest): readonly string[] {
  const attempts = request.attempts.map(({ number, provider, model, status, reason, waitMs }) => {
    const result = reason ?? (status === undefined ? "no answer yet" : "answered");
    const wait = waitMs === undefined ? "" : `; then a pause of ${duration(waitMs)}`;
    return `Attempt ${number}, ${provider}: ${model}${status === undefined ? "" : `, status ${status}`}: ${result}${wait}`;
  });
  return [
    `${time(request.startedAtMs)}: arrived`,
    ...attempts,
    ...(request.firstByteMs === undefined ? [] : [`First byte after ${duration(request.firstByteMs)}`]),
    ...(request.totalMs === undefined
      ? []
      : [`Ended after ${duration(request.totalMs)}: ${request.outcome}`]),
  ];
}
