/** Makes the lines of the table: a section for each provider, and one for all other providers. */
import { normalizeId } from "../../src/models/known.ts";
import type { Model, Provider } from "./read.ts";

export function tabulate(providers: readonly Provider[]): readonly string[] {
  const anyHost = describeAnyHost(providers);
  const sections = mergeByHosts(providers).flatMap(({ hosts, models }) => {
    const rows = describeProvider(models, anyHost);
    return rows.size === 0 ? [] : [`@ ${hosts.join(" ")}`, ...toLines(rows)];
  });
  return [...sections, "@ *", ...toLines(anyHost)];
}

/** The lines of the table of prices, whose sections are providers. */
export function tabulatePrices(providers: readonly Provider[]): readonly string[] {
  return mergeByHosts(providers).flatMap(({ hosts, models }) => {
    const priced = models.filter(
      (model) => model.prices !== undefined && isUsable(model) && !isAlias(model.id),
    );
    const lines = priced.map(
      ({ id, prices = [] }) => `${id} ${prices.map((price) => price || "-").join(" ")}`,
    );
    return lines.length === 0 ? [] : [`@ ${hosts.join(" ")}`, ...lines.toSorted(compare)];
  });
}

type Rows = ReadonlyMap<string, Model>;

/** Several sources describe the same provider, each with models that the others lack. */
function mergeByHosts(providers: readonly Provider[]): readonly Omit<Provider, "isMaker">[] {
  const merged = new Map<string, { hosts: readonly string[]; models: Model[] }>();
  for (const { hosts, models } of providers) {
    const [first] = hosts;
    if (first === undefined) continue;
    const known = merged.get(first) ?? { hosts, models: [] };
    for (const host of hosts) merged.set(host, known);
    const ids = new Set(known.models.map(({ id }) => id));
    known.models.push(...models.filter(({ id }) => !ids.has(id)));
  }
  return [...new Set(merged.values())].toSorted((a, b) => compare(a.hosts.join(), b.hosts.join()));
}

/** The rows that differ from `anyHost`: one for each normalized name, and one for each id that differs from the row of its name. */
function describeProvider(models: readonly Model[], anyHost: Rows): Rows {
  const rows = new Map<string, Model>();
  for (const [name, variants] of Map.groupBy(models.filter(isUsable), ({ id }) => normalizeId(id))) {
    const known = anyHost.get(name);
    const complete = variants.map((model) => ({ ...model, flags: model.flags ?? known?.flags }));
    const [base] = complete.toSorted((a, b) => a.id.length - b.id.length || compare(a.id, b.id));
    if (base === undefined) continue;
    if (known === undefined || describe(base) !== describe(known)) rows.set(name, base);
    for (const model of complete) if (describe(model) !== describe(base)) rows.set(model.id, model);
  }
  return rows;
}

function describeAnyHost(providers: readonly Provider[]): Rows {
  const named = providers.flatMap(({ models, isMaker }) =>
    models
      .filter((model) => isUsable(model) && !isAlias(model.id))
      .map((model) => ({ name: normalizeId(model.id), model, isMaker })),
  );
  const rows = new Map<string, Model>();
  for (const [name, entries] of Map.groupBy(named, (entry) => entry.name)) {
    const makers = entries.filter(({ isMaker }) => isMaker);
    const isOwn = makers.length > 0 || entries.some(({ model }) => isBranded(model.id, name));
    if (!isUnambiguous(name, isOwn)) continue;
    rows.set(name, mostCommon((makers.length > 0 ? makers : entries).map(({ model }) => model)));
  }
  return rows;
}

/** Whether the id is an alias of a service that selects a model itself. */
function isAlias(id: string): boolean {
  return id.startsWith("~") || id.includes("/routers/");
}

/** Whether a name begins with the name of the model's maker: `qwen/qwen-plus`, `mistralai/mistral-nemo`. */
function isBranded(id: string, name: string): boolean {
  const vendor = id.split("/").at(-2);
  return vendor?.startsWith(name.split("-")[0] ?? "") === true;
}

/** Whether a name means the same model everywhere. `isOwn`: the model's maker uses the name, or the name contains the maker's. */
function isUnambiguous(name: string, isOwn: boolean): boolean {
  const hasVersion = /\d/.test(name);
  const isOneWord = !name.includes("-");
  return isOwn ? hasVersion || !isOneWord : hasVersion && !isOneWord;
}

/** The value of each property at most providers, and the smaller value at a tie. */
function mostCommon(models: readonly Model[]): Model {
  const described = models.filter(({ flags }) => flags !== undefined);
  const voters = described.length > 0 ? described : models;
  const window = mostFrequent(voters.map((model) => model.window));
  const outputs = voters.flatMap((model) => replyLimit({ ...model, window }) ?? []);
  return {
    id: "",
    window,
    output: outputs.length === 0 ? undefined : mostFrequent(outputs),
    flags:
      described.length === 0 ? undefined : ["v", "t"].filter((flag) => isCommon(described, flag)).join(""),
  };
}

function isCommon(models: readonly Model[], flag: string): boolean {
  return models.filter(({ flags }) => flags?.includes(flag) === true).length > models.length / 2;
}

/** The smallest of the most frequent. */
function mostFrequent(values: readonly number[]): number {
  const [winner] = [...Map.groupBy(values, (each) => each)].toSorted(
    ([a, as], [b, bs]) => bs.length - as.length || a - b,
  );
  return winner?.[0] ?? 0;
}

function isUsable({ id, window }: Model): boolean {
  return window >= 256 && /^[\x21-\x7e]+$/.test(id);
}

/** A reply limit equal to the window is not a real limit: only the window is known. */
function replyLimit({ output, window }: Model): number | undefined {
  return output === undefined || output <= 0 || output >= window ? undefined : output;
}

function describe(model: Model): string {
  return `${model.window} ${replyLimit(model) ?? "-"} ${model.flags ?? "?"}`.trimEnd();
}

function toLines(rows: Rows): readonly string[] {
  return [...rows].toSorted(([a], [b]) => compare(a, b)).map(([name, model]) => `${name} ${describe(model)}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
