/** The view of the history: plots over time, and the same numbers in a table. */
import uPlot from "uplot";
import * as v from "valibot";
import { ask } from "./api.ts";
import { foreign, h } from "./dom.ts";
import { compact, cost, duration, rate, whole } from "./format.ts";
import { type UsageSum, sumsSchema } from "./model.ts";
import { statusSchema } from "../status-schema.ts";
import type { View } from "./view.ts";

interface Range {
  readonly label: string;
  readonly days: number;
  readonly per: "hour" | "day" | "month";
}

const RANGES: readonly Range[] = [
  { label: "48 hours, by hour", days: 2, per: "hour" },
  { label: "30 days, by day", days: 30, per: "day" },
  { label: "1 year, by month", days: 365, per: "month" },
];
const DEFAULT_RANGE = { days: 30, per: "day" };
const GROUPS = ["model", "provider", "app"] as const;

interface Line {
  readonly label: string;
  readonly value: (sum: UsageSum) => number | null;
}

interface Plot {
  readonly title: string;
  readonly format: (value: number | null) => string;
  /** One line of each group. More than one only when there are no groups. */
  readonly lines: readonly Line[];
}

const PLOTS: readonly Plot[] = [
  { title: "Requests", format: whole, lines: [{ label: "Requests", value: (sum) => sum.requests }] },
  {
    title: "Tokens",
    format: compact,
    lines: [
      { label: "Input", value: (sum) => sum.input },
      { label: "Output", value: (sum) => sum.output },
    ],
  },
  { title: "Cost", format: cost, lines: [{ label: "US dollars", value: (sum) => sum.costUsd }] },
  {
    title: "Time to the first byte",
    format: duration,
    lines: [
      { label: "Median", value: (sum) => sum.firstByteMs },
      { label: "95th percentile", value: (sum) => sum.firstByteP95Ms },
    ],
  },
  {
    title: "Tokens per second",
    format: rate,
    lines: [{ label: "Tokens/s", value: (sum) => sum.tokensPerSecond }],
  },
  { title: "Errors", format: whole, lines: [{ label: "Errors", value: (sum) => sum.failed }] },
];

/** Groups that get lines of their own: those with the most requests. */
const MAX_GROUPS = 6;

export const usage: View = {
  title: "Usage",
  open(main, report) {
    const range = select(
      "Time",
      RANGES.map(({ label }) => label),
      1,
    );
    const group = select("Lines", ["all requests", ...GROUPS.map((name) => `by ${name}`)], 0);
    const limits = h("section", { hidden: true });
    const plots = h("div", { class: "plots" });
    const table = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Numbers" });
    main.append(
      h("h2", {}, "Usage"),
      h("form", {}, range.label, group.label),
      limits,
      plots,
      h("h3", {}, "Numbers"),
      table,
    );
    let drawn: readonly uPlot[] = [];
    /** Answers of earlier choices, and those after the view was left, are not drawn. */
    let latest = 0;
    const clear = (): void => {
      for (const plot of drawn) plot.destroy();
      plots.replaceChildren();
    };
    const load = async (): Promise<void> => {
      const { days, per } = RANGES[range.input.selectedIndex] ?? DEFAULT_RANGE;
      const by = GROUPS[group.input.selectedIndex - 1];
      latest += 1;
      const own = latest;
      const sums = await read(by, `${days}d`, per);
      if (own !== latest) return;
      clear();
      const nowS = Date.now() / 1000;
      const xRange: [number, number] = [nowS - days * 86_400, nowS];
      const names = by === undefined ? [undefined] : largest(sums);
      drawn =
        sums.length === 0 ? [] : PLOTS.map((plot) => draw(plot, sums, names, { into: plots, range: xRange }));
      table.replaceChildren(
        sums.length === 0 ? h("p", {}, "No requests in this time.") : tableOf(sums, by ?? ""),
      );
      report("");
    };
    const reload = (): void =>
      void load().catch((error: unknown) => report(error instanceof Error ? error.message : String(error)));
    range.input.addEventListener("change", reload);
    group.input.addEventListener("change", reload);
    const resize = (): void => {
      for (const plot of drawn) plot.setSize(sizeIn(plots));
    };
    addEventListener("resize", resize);
    reload();
    void showLimits(limits);
    return () => {
      removeEventListener("resize", resize);
      latest += 1;
      clear();
    };
  },
};

/** What is spent of each limit. A failure is shown by the plots, which ask the same program. */
async function showLimits(section: HTMLElement): Promise<void> {
  const status = v.safeParse(statusSchema, await ask("providers").catch(() => undefined));
  if (!status.success || status.output.limits.length === 0) return;
  const items = status.output.limits.map((limit) => h("li", {}, foreign(limit)));
  section.append(h("h3", {}, "Limits"), h("ul", {}, ...items));
  section.hidden = false;
}

async function read(by: string | undefined, since: string, per: string): Promise<readonly UsageSum[]> {
  const group = by ?? "all";
  const answer = v.parse(
    v.record(v.string(), v.unknown()),
    await ask(`usage?since=${since}&per=${per}&by=${group}`),
  );
  return v.parse(sumsSchema, answer[group]);
}

function select(text: string, choices: readonly string[], chosen: number) {
  const options = choices.map((choice, index) => h("option", { selected: index === chosen }, choice));
  const input = h("select", {}, ...options);
  return { input, label: h("label", {}, `${text} `, input) };
}

function largest(sums: readonly UsageSum[]): readonly string[] {
  const totals = new Map<string, number>();
  for (const { name, requests } of sums) totals.set(name, (totals.get(name) ?? 0) + requests);
  const names = [...totals].toSorted(([, a], [, b]) => b - a).map(([name]) => name);
  return names.slice(0, MAX_GROUPS);
}

/** `names` are the groups; undefined stands for all requests. */
function draw(
  { title, format, lines }: Plot,
  sums: readonly UsageSum[],
  names: readonly (string | undefined)[],
  { into, range }: { readonly into: HTMLElement; readonly range: [number, number] },
): uPlot {
  const spans = [...new Set(sums.map(({ span }) => span))];
  const chosen = names[0] === undefined ? lines : lines.slice(0, 1);
  const series = names.flatMap((name) =>
    chosen.map((line) => ({
      label: name === undefined ? line.label : name || "(unknown)",
      values: spans.map((span) => {
        const sum = sums.find((one) => one.span === span && (name === undefined || one.name === name));
        return sum === undefined ? null : line.value(sum);
      }),
    })),
  );
  const figure = h("figure", {}, h("figcaption", {}, title));
  into.append(figure);
  const colors = getComputedStyle(document.documentElement);
  const color = (name: string): string => colors.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--text"),
    grid: { stroke: color("--line") },
    ticks: { stroke: color("--line") },
  };
  return new uPlot(
    {
      ...sizeIn(into),
      series: [
        {},
        ...series.map(({ label }, index) => ({
          label,
          stroke: color(`--plot-${index % MAX_GROUPS}`),
          width: 2,
          points: { show: spans.length < 100 },
          value: (_plot: uPlot, value: number | null) => format(value),
        })),
      ],
      axes: [
        axis,
        { ...axis, size: 60, values: (_plot: uPlot, ticks: number[]) => ticks.map((tick) => format(tick)) },
      ],
      scales: {
        x: { range: () => range },
        y: { range: (_plot: uPlot, _low: number, high: number) => [0, high > 0 ? high * 1.05 : 1] },
      },
    },
    [
      spans.map((span) => new Date(span.includes("T") ? span : `${span}T00:00`).getTime() / 1000),
      ...series.map(({ values }) => values),
    ],
    figure,
  );
}

function sizeIn({ clientWidth }: HTMLElement): { width: number; height: number } {
  const columns = clientWidth > 900 ? 2 : 1;
  return { width: Math.max(260, Math.floor(clientWidth / columns) - 24), height: 200 };
}

function tableOf(sums: readonly UsageSum[], group: string): HTMLElement {
  const titles = [
    "Time",
    group,
    "Requests",
    "Failed",
    "Input",
    "Cached",
    "Output",
    "Cost",
    "First byte",
    "Tokens/s",
  ];
  const rows = sums.map((sum) => [
    sum.span,
    foreign(sum.name || (group === "" ? "all" : "(unknown)")),
    whole(sum.requests),
    whole(sum.failed),
    whole(sum.input),
    whole(sum.cached),
    whole(sum.output),
    cost(sum.costUsd, sum.unpriced),
    duration(sum.firstByteMs),
    rate(sum.tokensPerSecond),
  ]);
  return h(
    "table",
    {},
    h("caption", { class: "hidden" }, "The numbers of the plots"),
    h("thead", {}, h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, title || "Requests of")))),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", {}, cell))))),
  );
}
