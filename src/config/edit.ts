/**
 * Adds a provider to the text of a configuration, and removes one. Every other byte stays: comments, order and spacing.
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
  const document = parse(text);
  const root = document.contents;
  const edited = root === null ? append(text, entry) : isMap(root) ? addTo(text, root, entry) : undefined;
  return check(edited, text, (providers) => [...providers, entry]);
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
  return check(edited, text, (providers) => providers.filter((_, position) => position !== index));
}

/** The names of all providers, in the order of the file. */
export function providerNames(text: string): readonly string[] {
  return providersOf(text).flatMap((provider) => nameOf(provider) ?? []);
}

/** The text of one entry of a block list whose dashes are in `column`, with a line end. */
function formatEntry(entry: Entry, column: number): string {
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
  const value: unknown = parse(text).toJS();
  const providers: unknown =
    typeof value === "object" && value !== null && "providers" in value ? value.providers : undefined;
  return Array.isArray(providers) ? providers : [];
}

function nameOf(provider: unknown): string | undefined {
  return typeof provider === "object" && provider !== null && "name" in provider
    ? String(provider.name).trim()
    : undefined;
}

/** Returns the edited text with the line ends of the original. Throws unless only the list of providers has changed as intended. */
function check(
  edited: string | undefined,
  text: string,
  change: (providers: readonly unknown[]) => readonly unknown[],
): string {
  const result = text.includes("\r\n") ? edited?.replaceAll(/\r?\n/g, "\r\n") : edited;
  if (result === undefined || !isChanged(text, result, change))
    throw new EditError("The layout of the file does not allow the change; edit the file by hand");
  return result;
}

function isChanged(
  before: string,
  after: string,
  change: (providers: readonly unknown[]) => readonly unknown[],
): boolean {
  try {
    return (
      parse(after).errors.length === 0 &&
      isDeepStrictEqual(providersOf(after), change(providersOf(before))) &&
      isDeepStrictEqual(othersOf(after), othersOf(before))
    );
  } catch {
    // Another part uses an anchor of the removed provider.
    return false;
  }
}

/** Everything but the providers. */
function othersOf(text: string): object {
  const value: unknown = parse(text).toJS();
  return { ...(typeof value === "object" ? value : {}), providers: undefined };
}

function append(text: string, entry: Entry): string {
  const head = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return `${head}providers:\n${formatEntry(entry, 0)}`;
}

function addTo(text: string, root: YAMLMap, entry: Entry): string | undefined {
  const pair = findPair(root, "providers");
  const list = pair?.value;
  if (isSeq(list)) return list.flow === true ? addToFlow(text, list, entry) : addToBlock(text, list, entry);
  if (pair !== undefined) return addBelowKey(text, pair, entry);
  if (root.flow === true) return addMember(text, root, entry);
  return append(text, entry);
}

function addToBlock(text: string, list: YAMLSeq, entry: Entry): string | undefined {
  const dash = dashOf(list, 0);
  const end = list.range?.[1];
  if (dash === undefined || end === undefined) return undefined;
  return insertLine(text, end, formatEntry(entry, columnOf(text, dash)));
}

/** The key has no value, or the value is null. */
function addBelowKey(text: string, { key, value }: Pair, entry: Entry): string | undefined {
  if (!isScalar(key) || !(value === null || (isScalar(value) && value.value === null))) return undefined;
  const start = key.range?.[0] ?? 0;
  const [from = start, to = from] =
    (isScalar(value) && value.source !== undefined && value.source !== "" ? value.range : undefined) ?? [];
  const cleared = text.slice(0, from).trimEnd() + text.slice(to);
  const bare = from === to ? text : cleared;
  return insertLine(bare, key.range?.[1] ?? start, formatEntry(entry, columnOf(text, start)));
}

function addToFlow(text: string, list: YAMLSeq, entry: Entry): string | undefined {
  const end = list.range?.[1];
  if (end === undefined) return undefined;
  const last = list.items.at(-1);
  const at = endOf(last) ?? end - 1;
  const separator = last === undefined ? "" : ", ";
  return `${text.slice(0, at)}${separator}${flow(entry)}${text.slice(at)}`;
}

/** The whole file is one mapping in braces. */
function addMember(text: string, root: YAMLMap, entry: Entry): string | undefined {
  const end = root.range?.[1];
  if (end === undefined) return undefined;
  const last = root.items.at(-1);
  const at = endOf(last?.value) ?? end - 1;
  return `${text.slice(0, at)}${last === undefined ? "" : ", "}"providers": [${flow(entry)}]${text.slice(at)}`;
}

function flow(entry: Entry): string {
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
