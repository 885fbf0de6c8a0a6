import type { Capability, DescribedModel, ModelInfo } from "../chat/model.ts";
export function describeModel(
  id: string,
  sources: {
    readonly configured?: Pick<ModelInfo, "contextLength" | "capabilities"> | undefined;
    readonly listed?: ModelInfo | undefined;
  },
): DescribedModel {
  const capabilities: readonly Capability[] = sources.configured?.capabilities ??
    sources.listed?.capabilities ?? ["completion", "tools"];
  return {
    ...sources.listed,
    id,
    capabilities,
    contextLength: sources.configured?.contextLength ?? sources.listed?.contextLength ?? 32768,
  };
}
