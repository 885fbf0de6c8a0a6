/**
 * What a model can do and how much it holds, from the best source there is: the configuration, then the provider's own
 * list, then what is publicly known of hosted models, of that provider's first, then cautious defaults.
 */
import type { Capability, DescribedModel, ModelInfo } from "../chat/model.ts";
import { findKnownModel } from "./known.ts";

export interface Sources {
  readonly configured?: Pick<ModelInfo, "contextLength" | "capabilities"> | undefined;
  readonly listed?: ModelInfo | undefined;
  /** Of the provider's URL, with the port: providers differ in what the same name can do. */
  readonly host?: string | undefined;
}

const DEFAULT_CONTEXT_LENGTH = 32_768;
/** With tools, because Copilot and Roo hide models without them, and most hosted models have them. */
const CHAT: readonly Capability[] = ["completion", "tools"];
const EMBEDDING: readonly Capability[] = ["embedding"];

export function describeModel(id: string, { configured, listed, host }: Sources): DescribedModel {
  const catalogued = findKnownModel(id, host);
  const known = configured?.capabilities ?? merged(listed?.capabilities, catalogued?.capabilities);
  const capabilities = known ?? (/embed/i.test(id) ? EMBEDDING : CHAT);
  return {
    ...listed,
    id,
    contextLength:
      configured?.contextLength ??
      listed?.contextLength ??
      catalogued?.contextLength ??
      DEFAULT_CONTEXT_LENGTH,
    outputLength: listed?.outputLength ?? catalogued?.outputLength,
    capabilities: inOrder(capabilities),
    isGuess: known === undefined,
  };
}

/** A host that says what a model can do often says only the half of it; that it embeds is the whole. */
function merged(
  listed: readonly Capability[] | undefined,
  catalogued: readonly Capability[] | undefined,
): readonly Capability[] | undefined {
  if (listed === undefined || catalogued === undefined || listed.includes("embedding"))
    return listed ?? catalogued;
  return [...listed, ...catalogued];
}

/** Ollama's own order; a model that embeds does nothing else, or its command line would not chat with it. */
function inOrder(capabilities: readonly Capability[]): readonly Capability[] {
  if (capabilities.includes("embedding") && !capabilities.includes("completion")) return EMBEDDING;
  const wanted = new Set<Capability>(["completion", ...capabilities]);
  return (["completion", "vision", "tools", "insert", "thinking"] as const).filter((capability) =>
    wanted.has(capability),
  );
}
