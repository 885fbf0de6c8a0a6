/**
 * What a model can do and how long its context is. The first source that knows wins: the configuration, the provider's own
 * list, the table of public models (that provider's rows first), cautious defaults.
 */
import type { Capability, DescribedModel, FactSource, ModelInfo } from "../chat/model.ts";
import { findKnownModel } from "./known.ts";

export interface Sources {
  readonly configured?: Pick<ModelInfo, "contextLength" | "capabilities" | "prices"> | undefined;
  readonly listed?: ModelInfo | undefined;
  /** Of the provider's URL, with the port. The same name differs between providers. */
  readonly host?: string | undefined;
}

const DEFAULT_CONTEXT_LENGTH = 32_768;
/** With tools, because Copilot and Roo hide models without them, and most hosted models have them. */
const CHAT: readonly Capability[] = ["completion", "tools"];
const EMBEDDING: readonly Capability[] = ["embedding"];

export function describeModel(id: string, { configured, listed, host }: Sources): DescribedModel {
  const catalogued = findKnownModel(id, host);
  const known =
    configured?.capabilities ?? withoutTools(merged(listed?.capabilities, catalogued?.capabilities), listed);
  const capabilities = known ?? (/embed/i.test(id) ? EMBEDDING : CHAT);
  const contextLength = configured?.contextLength ?? listed?.contextLength ?? catalogued?.contextLength;
  return {
    ...listed,
    id,
    contextLength: contextLength ?? DEFAULT_CONTEXT_LENGTH,
    isWindowGuess: contextLength === undefined,
    prices: configured?.prices ?? listed?.prices,
    outputLength: listed?.outputLength ?? catalogued?.outputLength,
    capabilities: inOrder(capabilities),
    isGuess: known === undefined,
    contextSource: sourceOf(configured?.contextLength, listed?.contextLength, catalogued?.contextLength),
    capabilitySource: sourceOf(configured?.capabilities, listed?.capabilities, catalogued?.capabilities),
  };
}

/** The first source that has a value. */
function sourceOf(configured: unknown, listed: unknown, catalogued: unknown): FactSource {
  if (configured !== undefined) return "configuration";
  if (listed !== undefined) return "provider";
  return catalogued === undefined ? "guess" : "known models";
}

/** A provider's list of capabilities is often incomplete, except for an embedding model. */
function merged(
  listed: readonly Capability[] | undefined,
  catalogued: readonly Capability[] | undefined,
): readonly Capability[] | undefined {
  if (listed === undefined || catalogued === undefined || listed.includes("embedding"))
    return listed ?? catalogued;
  return [...listed, ...catalogued];
}

/** The list of the provider knows more of its API than the table of models. */
function withoutTools(
  capabilities: readonly Capability[] | undefined,
  listed: ModelInfo | undefined,
): readonly Capability[] | undefined {
  if (listed?.hasNoTools !== true) return capabilities;
  return capabilities?.filter((capability) => capability !== "tools");
}

/** In Ollama's order. An embedding model has no other capability, or Ollama's command line would chat with it. */
function inOrder(capabilities: readonly Capability[]): readonly Capability[] {
  if (capabilities.includes("embedding") && !capabilities.includes("completion")) return EMBEDDING;
  const wanted = new Set<Capability>(["completion", ...capabilities]);
  return (["completion", "vision", "tools", "insert", "thinking"] as const).filter((capability) =>
    wanted.has(capability),
  );
}
