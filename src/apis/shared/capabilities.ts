/** Ollama's words for what a model can do. */
import { CAPABILITIES, type Capability } from "../../chat/model.ts";

/** Those that strict clients know; undefined when nothing is said. */
export function knownCapabilities(said: readonly unknown[]): readonly Capability[] | undefined {
  return said.length === 0 ? undefined : CAPABILITIES.filter((capability) => said.includes(capability));
}
