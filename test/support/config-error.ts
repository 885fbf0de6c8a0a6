import { ConfigError } from "../../src/config/error.ts";
import { parseConfig } from "../../src/config/load.ts";

/** The message for a configuration that must be rejected. */
export function configErrorOf(text: string): string {
  try {
    parseConfig(text, "c.yaml", {});
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("Expected the configuration to be rejected");
}
