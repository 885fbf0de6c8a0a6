/** The architecture that an Ollama server would report for a hosted model, from the model's name. */

/** The first entry whose word begins a word of the name is used. */
const FAMILIES: readonly (readonly [word: string, family: string])[] = [
  ["qwen3-vl", "qwen3vl"],
  ["qwen3", "qwen3"],
  ["qwen2.5-vl", "qwen25vl"],
  ["qwen", "qwen2"],
  ["qwq", "qwen2"],
  ["deepseek", "deepseek2"],
  ["gpt-oss", "gptoss"],
  ["gpt", "gpt"],
  ["chatgpt", "gpt"],
  ["o1", "gpt"],
  ["o3", "gpt"],
  ["o4", "gpt"],
  ["llama4", "llama4"],
  ["llama-4", "llama4"],
  ["codellama", "llama"],
  ["llama", "llama"],
  ["glm", "glm4"],
  ["kimi", "kimi"],
  ["moonshot", "kimi"],
  ["magistral", "mistral3"],
  ["devstral", "mistral3"],
  ["codestral", "mistral"],
  ["ministral", "mistral3"],
  ["mixtral", "llama"],
  ["mistral", "mistral3"],
  ["gemma3", "gemma3"],
  ["gemma-3", "gemma3"],
  ["gemma", "gemma2"],
  ["gemini", "gemini"],
  ["claude", "claude"],
  ["grok", "grok"],
  ["command", "command-r"],
  ["phi", "phi3"],
  ["granite", "granite"],
  ["nemotron", "nemotron"],
  ["minimax", "minimax"],
  ["ernie", "ernie4_5"],
  ["hunyuan", "hunyuan"],
  ["doubao", "doubao"],
  ["bge", "bert"],
  ["nomic", "nomic-bert"],
  ["minilm", "bert"],
];

/** The table with its words in the form of `withDashes`. */
const STARTS = FAMILIES.map(([word, family]) => [withDashes(word), family] as const);

/** Every word of a name begins after a dash, also the first. */
function withDashes(name: string): string {
  return `-${name.toLowerCase().replaceAll(/[_/. ]/g, "-")}`;
}

/** Never empty. A name that is not in the table is its own family. */
export function familyOf(id: string): string {
  const name = withDashes(id);
  const found = STARTS.find(([start]) => name.includes(start));
  if (found !== undefined) return found[1];
  const [first = ""] = (id.toLowerCase().split("/").at(-1) ?? "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  return first === "" ? "model" : first;
}
