/** Ollama's names for what a model can do. */
import { CAPABILITIES, type Capability } from "../../chat/model.ts";

/** The capabilities that strict clients know. Undefined when the list is empty. */
export function knownCapabilities(said: readonly unknown[]): readonly Capability[] | undefined {
  return said.length === 0 ? undefined : CAPABILITIES.filter((capability) => said.includes(capability));
}
