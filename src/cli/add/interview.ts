/** The questions of `ollama-proxy add`. */
import { cleanSecret, completeUrl, findUrlFault, isLoopback, isPlainKey } from "../../config/values.ts";
import { KNOWN_HOSTS } from "../../options/hosts.ts";
import { matcherOf } from "../../models/selection.ts";
import { findOffers, type Offer, variableOf } from "../offers.ts";
import { askSecret, askText } from "../prompt/ask.ts";
import { type Choice, select, selectSome } from "../prompt/select.ts";
import type { Terminal } from "../prompt/terminal.ts";
import type { ListedModels } from "../query-providers.ts";
import { type Key, type Target, targetOfHost, targetOfUrl } from "./draft.ts";

interface Environment {
  readonly [name: string]: string | undefined;
}

/** Offers what was found on this machine first, then all known providers, then any URL. */
export async function askTarget(
  terminal: Terminal,
  environment: Environment,
  version: string,
): Promise<Target> {
  const found = await findOffers(environment, version);
  const offered = new Set(found.map(({ name }) => name));
  const choices: readonly Choice<Target>[] = [
    ...found.map(choiceOfOffer),
    ...KNOWN_HOSTS.filter(({ name }) => !offered.has(name)).map((known) => ({
      label: known.title,
      value: targetOfHost(known),
    })),
  ];
  return select(terminal, {
    question: "Provider",
    choices,
    help: "Type to search or a URL, Enter to choose",
    fromText: choiceOfUrl,
  });
}

function choiceOfOffer(offer: Offer): Choice<Target> {
  const known = KNOWN_HOSTS.find(({ name }) => name === offer.name);
  const note = offer.variable === undefined ? `runs at ${offer.url}` : `${offer.variable} is set`;
  const { name, title, url, apiType } = offer;
  const value =
    known === undefined
      ? { name, title, places: [{ url, apiType }] as const, known: undefined }
      : targetOfHost(known);
  return { label: title, note, value };
}

/** Any text with a dot, a colon or a slash may be a URL. */
function choiceOfUrl(text: string): Choice<Target> | undefined {
  if (!/[.:/]/.test(text) || findUrlFault(completeUrl(text)) !== undefined) return undefined;
  return { label: `The API at ${completeUrl(text)}`, value: targetOfUrl(text) };
}

/** The key of the environment, or a typed one. Servers on this machine rarely need one, so it is asked for only when they do. */
export async function askKey(terminal: Terminal, target: Target, environment: Environment): Promise<Key> {
  const { known, places } = target;
  if (isLoopback(URL.parse(places[0].url)?.hostname)) return { type: "none" };
  const variable = known === undefined ? undefined : variableOf(known, environment);
  if (variable === undefined) return askTypedKey(terminal, target);
  const usesVariable = await select(terminal, {
    question: "API key",
    choices: [
      { label: `Use the environment variable ${variable}`, value: true },
      { label: "Type another key", value: false },
    ],
  });
  return usesVariable ? { type: "variable", name: variable } : askTypedKey(terminal, target);
}

export async function askTypedKey(terminal: Terminal, { known }: Target): Promise<Key> {
  for (const { keyUrl } of known?.endpoints ?? []) terminal.write(`Keys are issued at ${keyUrl}\r\n`);
  const typed = await askSecret(terminal, {
    question: "API key (not shown)",
    ...(known === undefined ? { hint: "Leave it empty if none is needed" } : {}),
    check: (answer) => checkKey(answer, known !== undefined),
  });
  const value = cleanSecret(typed);
  return value === undefined ? { type: "none" } : { type: "text", value };
}

function checkKey(answer: string, isRequired: boolean): string | undefined {
  const key = cleanSecret(answer);
  if (key === undefined) return isRequired ? "A key is required; Ctrl-C cancels" : undefined;
  return isPlainKey(key) ? undefined : "The key contains a space or another character that keys do not have";
}

/** Names or patterns; empty for all models. */
export async function askModels(terminal: Terminal, models: ListedModels): Promise<readonly string[]> {
  const choice = await select(terminal, {
    question: `The provider lists ${models.length} ${models.length === 1 ? "model" : "models"}. Show`,
    choices: [
      { label: "all of them, and models that are added later", value: "all" },
      { label: "those that I choose", value: "some" },
      { label: "those that match a pattern such as qwen*", value: "pattern" },
    ] as const,
  });
  if (choice === "all") return [];
  if (choice === "some")
    return selectSome(terminal, {
      question: "Models",
      choices: models.map(({ id }) => ({ label: id, value: id })),
    });
  const patterns = await askText(terminal, {
    question: "Patterns, separated by commas",
    check: (answer) => checkPatterns(answer, models),
  });
  return splitModels(patterns);
}

function checkPatterns(answer: string, models: ListedModels): string | undefined {
  const patterns = splitModels(answer);
  const unused = patterns.find((pattern) => !models.some(({ id }) => matcherOf(pattern)(id)));
  if (patterns.length === 0) return "Type a pattern such as qwen*; Ctrl-C cancels";
  return unused === undefined ? undefined : `No model matches ${unused}`;
}

export function splitModels(text: string): readonly string[] {
  return text.split(",").flatMap((part) => part.trim() || []);
}

/** What to do after the provider refused. */
export function askAfterRefusal(terminal: Terminal): Promise<"key" | "add" | "cancel"> {
  return select(terminal, {
    question: "What next",
    choices: [
      { label: "Type the key again", value: "key" },
      { label: "Add the provider in spite of this", value: "add" },
      { label: "Cancel", value: "cancel" },
    ] as const,
  });
}

export function askName(
  terminal: Terminal,
  initial: string,
  check: (name: string) => string | undefined,
): Promise<string> {
  return askText(terminal, {
    question: "Name",
    hint: "Apps show the models as [name]-model",
    initial,
    check,
  });
}
