/**
 * What a model can do and how much it holds, from the best source there is: the configuration, then the provider's own
 * list, then cautious defaults.
 */
import type { Capability, DescribedModel, ModelInfo } from "../chat/model.ts";

export interface Sources {
  readonly configured?: Pick<ModelInfo, "contextLength" | "capabilities"> | undefined;
  readonly listed?: ModelInfo | undefined;
}

const DEFAULT_CONTEXT_LENGTH = 32_768;
/** With tools, because Copilot and Roo hide models without them, and most hosted models have them. */
const CHAT: readonly Capability[] = ["completion", "tools"];
const EMBEDDING: readonly Capability[] = ["embedding"];

export function describeModel(id: string, { configured, listed }: Sources): DescribedModel {
  const known = configured?.capabilities ?? listed?.capabilities;
  const capabilities = known ?? (/embed/i.test(id) ? EMBEDDING : CHAT);
  return {
    ...listed,
    id,
    contextLength: configured?.contextLength ?? listed?.contextLength ?? DEFAULT_CONTEXT_LENGTH,
    capabilities: inOrder(capabilities),
    isGuess: known === undefined,
  };
}

/** Ollama's own order; a model that embeds does nothing else, or its command line would not chat with it. */
function inOrder(capabilities: readonly Capability[]): readonly Capability[] {
  if (capabilities.includes("embedding") && !capabilities.includes("completion")) return EMBEDDING;
  const wanted = new Set<Capability>(["completion", ...capabilities]);
  return (["completion", "vision", "tools", "insert", "thinking"] as const).filter((capability) =>
    wanted.has(capability),
  );
}
