/**
 * What is publicly known of hosted models, for when neither the configuration nor the provider's list tells: window, longest reply,
 * whether they see and think. Those of which more is known than the window call tools. The table is made by `bun run models:refresh`.
 */
import type { Capability } from "../chat/model.ts";
import table from "./known-models.txt" with { type: "text" };

export interface KnownModel {
  readonly contextLength: number;
  readonly outputLength: number | undefined;
  /** Undefined: only the window is known. */
  readonly capabilities: readonly Capability[] | undefined;
}

let known: ReadonlyMap<string, KnownModel> | undefined;

/** The model of that name at whatever host, else the nearest whose name it extends (`qwen3-max-preview`: `qwen3-max`). */
export function findKnownModel(id: string): KnownModel | undefined {
  // Read at the first question: most of the time nobody asks.
  known ??= parseTable(table);
  const words = normalizeId(id).split("-");
  for (let count = words.length; count >= 2 || count === words.length; count -= 1) {
    const found = known.get(words.slice(0, count).join("-"));
    if (found !== undefined) return found;
    if (count <= 1) return undefined;
  }
  return undefined;
}

/** One spelling for the same model at all hosts: no vendor, no variant, no date. */
export function normalizeId(id: string): string {
  const [name = ""] = (id.toLowerCase().split("/").at(-1) ?? "").split(":", 1);
  return (
    name
      // Amazon writes the vendor with a dot: us.anthropic.claude-…
      .replace(/^(?:[a-z]+\.)+(?=[a-z])/, "")
      .replaceAll(/[._@ ]/g, "-")
      .replace(/-(?:20\d{6}|20\d{2}-\d{2}-\d{2}|\d{4}|latest)$/, "")
      .replace(/-(?:20\d{6}|20\d{2}-\d{2}-\d{2}|\d{4}|latest)$/, "")
  );
}

/** Lines of `name window output flags`, the flags being `v` for vision, `t` for thinking, `?` for unknown; `#` begins a comment. */
function parseTable(text: string): ReadonlyMap<string, KnownModel> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line): [string, KnownModel] => {
      const [name = "", window = "", output = "", flags = ""] = line.split(" ");
      const capabilities: Capability[] = ["completion", "tools"];
      if (flags.includes("v")) capabilities.push("vision");
      if (flags.includes("t")) capabilities.push("thinking");
      const outputLength = output === "-" ? undefined : Number(output);
      const described = flags === "?" ? undefined : capabilities;
      return [name, { contextLength: Number(window), outputLength, capabilities: described }];
    }),
  );
}
