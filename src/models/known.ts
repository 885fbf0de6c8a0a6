/**
 * A table of hosted models: context window, longest reply, vision and thinking. It is used where neither the configuration nor the
 * provider's list has them. A model whose row has more than the window can call tools.
 *
 * `bun run models:refresh` makes the table, which has one section for each provider and one for all others:
 *
 *     @ api.together.ai api.together.xyz      hosts of the section; `*` stands for any text
 *     openai/gpt-oss-120b 131072 32768 t      name, window, longest reply (`-`: unknown), `v` vision, `t` thinking, `?` unknown
 *     @ *
 *     gpt-oss-120b 131072 - t
 *
 * The names in the section of a provider are in lower case. Rows that are equal in the last section are left out.
 */
import type { Capability } from "../chat/model.ts";
import { HostTable } from "./host-table.ts";
import text from "./known-models.txt" with { type: "text" };

export interface KnownModel {
  readonly contextLength: number;
  readonly outputLength: number | undefined;
  /** Undefined: unknown. */
  readonly capabilities: readonly Capability[] | undefined;
}

let table: HostTable<KnownModel> | undefined;

/**
 * The provider's own model of that name, else the model of that name at any provider, else the longest known name with a version that
 * it extends (`qwen3-max-preview`: `qwen3-max`). `host` is the URL's, with the port.
 */
export function findKnownModel(id: string, host: string | undefined): KnownModel | undefined {
  // Parsed at the first lookup. A provider whose list is complete never needs it.
  table ??= new HostTable(text, parseDescription);
  const name = normalizeId(id);
  const rows = host === undefined ? undefined : table.rowsOf(host.toLowerCase());
  return rows?.get(id.toLowerCase()) ?? rows?.get(name) ?? table.anyHost.get(name) ?? findFamily(table, name);
}

/** A name without a version is an alias of the newest model, so it does not describe a family. */
function findFamily({ anyHost }: HostTable<KnownModel>, name: string): KnownModel | undefined {
  for (let end = name.lastIndexOf("-"); end > 0; end = name.lastIndexOf("-", end - 1)) {
    const family = name.slice(0, end);
    if (!family.includes("-") || !/\d/.test(family)) return undefined;
    const found = anyHost.get(family);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The name without vendor, variant and date, so that the same model has one name at all providers. */
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

function parseDescription(rest: string): KnownModel {
  const [window = "", output = "", flags = ""] = rest.split(" ");
  const capabilities: Capability[] = ["completion", "tools"];
  if (flags.includes("v")) capabilities.push("vision");
  if (flags.includes("t")) capabilities.push("thinking");
  return {
    contextLength: Number(window),
    outputLength: output === "-" ? undefined : Number(output),
    capabilities: flags === "?" ? undefined : capabilities,
  };
}
