/** Ollama's words for what a model can do. */
import type { Capability } from "../../chat/model.ts";

const CAPABILITIES: readonly Capability[] = [
  "completion",
  "tools",
  "insert",
  "vision",
  "embedding",
  "thinking",
];

/** Those that strict clients know; undefined when nothing is said. */
export function knownCapabilities(said: readonly unknown[]): readonly Capability[] | undefined {
  return said.length === 0 ? undefined : CAPABILITIES.filter((capability) => said.includes(capability));
}
