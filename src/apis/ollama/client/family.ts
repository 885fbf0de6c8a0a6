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

const WORD_BREAKS = ["-", "_", "/", ".", " "];

/** Never empty. A name that is not in the table is its own family. */
export function familyOf(id: string): string {
  const name = id.toLowerCase();
  const found = FAMILIES.find(
    ([word]) => name.startsWith(word) || WORD_BREAKS.some((mark) => name.includes(mark + word)),
  );
  if (found !== undefined) return found[1];
  const [first = ""] = (name.split("/").at(-1) ?? "").split(/[^a-z0-9]+/).filter((word) => word !== "");
  return first === "" ? "model" : first;
}
