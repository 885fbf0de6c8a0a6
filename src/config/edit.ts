/**
 * Adds a provider to the text of a configuration, and removes one. Edits YAML files of other programs in the same way. Every other byte
 * stays: comments, order and spacing.
 *
 * The parser's own output would format the whole file again, so only the place of the change comes from it.
 */
import { isDeepStrictEqual } from "node:util";
import {
  type CST,
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { findPair } from "./document.ts";

/** A provider with the keys and values of the file. */
export interface Entry {
  readonly [key: string]: unknown;
}

/** The text cannot be edited. The message is for the user. */
export class EditError extends Error {
  override readonly name = "EditError";
}

/** Adds the provider at the end of `providers`. `text` must be a valid configuration. Throws `EditError`. */
export function addProvider(text: string, entry: Entry): string {
  return addItem(text, "providers", entry);
}

/** Adds an item at the end of a list of the top level. Throws `EditError`. */
export function addItem(text: string, list: string, item: Entry | string): string {
  const root = parse(text).contents;
  const addition = { list, item };
  const edited =
    root === null ? append(text, addition) : isMap(root) ? addTo(text, root, addition) : undefined;
  return check(edited, text, list, (items) => [...items, item]);
}

/** Sets a text of the top level. Throws `EditError`. */
export function setText(text: string, key: string, value: string): string {
  const root = parse(text).contents;
  const pair = isMap(root) ? findPair(root, key) : undefined;
  const [start, end] = [startOf(pair?.value), endOf(pair?.value)];
  const written = stringify(value, { lineWidth: 0 }).trimEnd();
  const edited =
    pair === undefined
      ? `${withLineEnd(text)}${key}: ${written}\n`
      : start === undefined || end === undefined || start === end
        ? undefined
        : text.slice(0, start) + written + text.slice(end);
  return checkWith(edited, text, key, () => value);
}

interface Addition {
  readonly list: string;
  readonly item: Entry | string;
}

/** Removes the provider with this name. Throws `EditError`. */
export function removeProvider(text: string, name: string): string {
  const root = parse(text).contents;
  const list = isMap(root) ? findPair(root, "providers")?.value : undefined;
  const index = providersOf(text).findIndex((provider) => nameOf(provider) === name);
  if (index === -1) throw new EditError(`There is no provider "${name}"`);
  const edited = isSeq(list)
    ? list.flow === true
      ? removeFromFlow(text, list, index)
      : removeFromBlock(text, list, index)
    : undefined;
  return check(edited, text, "providers", (providers) =>
    providers.filter((_, position) => position !== index),
  );
}

/** The names of all providers, in the order of the file. */
export function providerNames(text: string): readonly string[] {
  return providersOf(text).flatMap((provider) => nameOf(provider) ?? []);
}

/** The text of one entry of a block list whose dashes are in `column`, with a line end. */
function formatEntry(entry: Entry | string, column: number): string {
  const indent = " ".repeat(column);
  const lines = stringify(entry, { lineWidth: 0, indentSeq: false }).trimEnd().split("\n");
  return lines.map((line, index) => `${indent}${index === 0 ? "- " : "  "}${line}\n`).join("");
}

function parse(text: string): Document {
  return parseDocument(text, {
    prettyErrors: false,
    stringKeys: true,
    merge: true,
    logLevel: "error",
    keepSourceTokens: true,
  });
}

function providersOf(text: string): readonly unknown[] {
  return listIn(text, "providers");
}

function listIn(text: string, list: string): readonly unknown[] {
  const value = valueIn(text, list);
  return Array.isArray(value) ? value : [];
}

function valueIn(text: string, key: string): unknown {
  const value: unknown = parse(text).toJS();
  const entries = Object.entries(typeof value === "object" && value !== null ? value : {});
  return entries.find(([name]) => name === key)?.[1];
}

function nameOf(provider: unknown): string | undefined {
  return typeof provider === "object" && provider !== null && "name" in provider
    ? String(provider.name).trim()
    : undefined;
}

function check(
  edited: string | undefined,
  text: string,
  list: string,
  change: (items: readonly unknown[]) => readonly unknown[],
): string {
  return checkWith(edited, text, list, () => change(listIn(text, list)));
}

/** Returns the edited text with the line ends of the original. Throws unless only one value has changed as intended. */
function checkWith(edited: string | undefined, text: string, key: string, expected: () => unknown): string {
  const result = text.includes("\r\n") ? edited?.replaceAll(/\r?\n/g, "\r\n") : edited;
  if (result === undefined || !isChanged(text, result, key, expected))
    throw new EditError("The layout of the file does not allow the change; edit the file by hand");
  return result;
}

function isChanged(before: string, after: string, key: string, expected: () => unknown): boolean {
  try {
    const actual = valueIn(after, key) ?? [];
    return (
      parse(after).errors.length === 0 &&
      isDeepStrictEqual(actual, expected()) &&
      isDeepStrictEqual(othersIn(after, key), othersIn(before, key))
    );
  } catch {
    // Another part uses an anchor of the removed provider.
    return false;
  }
}

/** Everything but one value. */
function othersIn(text: string, key: string): object {
  const value: unknown = parse(text).toJS();
  return { ...(typeof value === "object" ? value : {}), [key]: undefined };
}

function append(text: string, { list, item }: Addition): string {
  return `${withLineEnd(text)}${list}:\n${formatEntry(item, 0)}`;
}

function withLineEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function addTo(text: string, root: YAMLMap, addition: Addition): string | undefined {
  const pair = findPair(root, addition.list);
  const list = pair?.value;
  const { item } = addition;
  if (isSeq(list)) return list.flow === true ? addToFlow(text, list, item) : addToBlock(text, list, item);
  if (pair !== undefined) return addBelowKey(text, pair, item);
  if (root.flow === true) return addMember(text, root, addition);
  return append(text, addition);
}

function addToBlock(text: string, list: YAMLSeq, entry: Entry | string): string | undefined {
  const dash = dashOf(list, 0);
  const end = list.range?.[1];
  if (dash === undefined || end === undefined) return undefined;
  return insertLine(text, end, formatEntry(entry, columnOf(text, dash)));
}

/** The key has no value, or the value is null. */
function addBelowKey(text: string, { key, value }: Pair, entry: Entry | string): string | undefined {
  if (!isScalar(key) || !(value === null || (isScalar(value) && value.value === null))) return undefined;
  const start = key.range?.[0] ?? 0;
  const [from = start, to = from] =
    (isScalar(value) && value.source !== undefined && value.source !== "" ? value.range : undefined) ?? [];
  const cleared = text.slice(0, from).trimEnd() + text.slice(to);
  const bare = from === to ? text : cleared;
  return insertLine(bare, key.range?.[1] ?? start, formatEntry(entry, columnOf(text, start)));
}

function addToFlow(text: string, list: YAMLSeq, entry: Entry | string): string | undefined {
  const end = list.range?.[1];
  if (end === undefined) return undefined;
  const last = list.items.at(-1);
  const at = endOf(last) ?? end - 1;
  const separator = last === undefined ? "" : ", ";
  return `${text.slice(0, at)}${separator}${flow(entry)}${text.slice(at)}`;
}

/** The whole file is one mapping in braces. */
function addMember(text: string, root: YAMLMap, { list, item }: Addition): string | undefined {
  const end = root.range?.[1];
  if (end === undefined) return undefined;
  const last = root.items.at(-1);
  const at = endOf(last?.value) ?? end - 1;
  return `${text.slice(0, at)}${last === undefined ? "" : ", "}${JSON.stringify(list)}: [${flow(item)}]${text.slice(at)}`;
}

function flow(entry: Entry | string): string {
  return JSON.stringify(entry);
}

function removeFromBlock(text: string, list: YAMLSeq, index: number): string | undefined {
  const dash = dashOf(list, index);
  const end = endOf(list.items[index]);
  if (dash === undefined || end === undefined) return undefined;
  const isFirstOnLine = text.slice(lineStart(text, dash), dash).trim() === "";
  return isFirstOnLine ? text.slice(0, lineStart(text, dash)) + text.slice(nextLine(text, end)) : undefined;
}

function removeFromFlow(text: string, list: YAMLSeq, index: number): string | undefined {
  const [previous, item, next] = [list.items[index - 1], list.items[index], list.items[index + 1]];
  const [start, end] = [startOf(item), endOf(item)];
  if (start === undefined || end === undefined) return undefined;
  const nextStart = startOf(next);
  if (nextStart !== undefined) return text.slice(0, start) + text.slice(nextStart);
  return text.slice(0, endOf(previous) ?? start) + text.slice(end);
}

/** The offset of the dash of an item of a block list. */
function dashOf({ srcToken }: YAMLSeq, index: number): number | undefined {
  if (srcToken?.type !== "block-seq") return undefined;
  const tokens: readonly CST.SourceToken[] = srcToken.items[index]?.start ?? [];
  return tokens.find(({ type }) => type === "seq-item-ind")?.offset;
}

function startOf(node: unknown): number | undefined {
  return rangeOf(node)?.[0];
}

function endOf(node: unknown): number | undefined {
  return rangeOf(node)?.[1];
}

function rangeOf(node: unknown): readonly number[] | undefined {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range))
    return undefined;
  return node.range.map(Number);
}

/** `offset` is the end of a value. The line is inserted below it. */
function insertLine(text: string, offset: number, line: string): string {
  const at = nextLine(text, offset);
  const head = text.slice(0, at);
  return `${head}${head === "" || head.endsWith("\n") ? "" : "\n"}${line}${text.slice(at)}`;
}

/** The beginning of the line after the one in which a value ends. The end of a block of text is already there. */
function nextLine(text: string, offset: number): number {
  if (text[offset - 1] === "\n") return offset;
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}
