/** Servers that run on the user's machine, on their usual ports. */

/** A server on this machine. Several kinds use the same port, so `title` names the usual ones. */
export interface LocalServer {
  readonly name: string;
  readonly title: string;
  readonly apiType?: "Ollama";
  readonly port: number;
}

export const LOCAL_SERVERS: readonly LocalServer[] = [
  { name: "lm-studio", title: "LM Studio", port: 1234 },
  { name: "llama.cpp", title: "llama.cpp", port: 8080 },
  { name: "vllm", title: "vLLM", port: 8000 },
  { name: "jan", title: "Jan", port: 1337 },
  { name: "koboldcpp", title: "KoboldCpp", port: 5001 },
  { name: "sglang", title: "SGLang", port: 30_000 },
  { name: "local-ollama", title: "Ollama", apiType: "Ollama", port: 11_434 },
  { name: "local-ollama", title: "Ollama", apiType: "Ollama", port: 11_435 },
];
