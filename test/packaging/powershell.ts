/** Parses PowerShell, which is not available on every machine. */
import { Language, type Node, Parser } from "web-tree-sitter";

await Parser.init();
const parser = new Parser();
const grammar = new URL(import.meta.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm")).pathname;
parser.setLanguage(await Language.load(new Uint8Array(await Bun.file(grammar).arrayBuffer())));

export interface Script {
  readonly isValid: boolean;
  /** The names of all called commands, including variables. */
  readonly commands: readonly string[];
}

export function readPowerShell(text: string): Script {
  const root = parser.parse(text)?.rootNode;
  if (root === undefined) return { isValid: false, commands: [] };
  const names = root.descendantsOfType(["command_name", "command_name_expr"]);
  return {
    isValid: !root.hasError,
    commands: [...new Set(names.map((node: Node | null) => node?.text ?? ""))],
  };
}
