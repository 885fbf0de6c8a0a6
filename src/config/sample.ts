/** The sample configuration for new users. */
import { writeFileSync } from "node:fs";

/** Loads without a provider. It also loads when `# ` is removed from its lines. */
export const SAMPLE = `# yaml-language-server: $schema=https://github.com/k88936/ollama-proxy/releases/latest/download/ollama-proxy.schema.json
# Configuration of ollama-proxy. Changes take effect when you save this file.

# The port that apps connect to. 11434 is the port of Ollama.
port: 11434

# To allow access from other machines, set a host and a key for every client. This key comes from the environment.
#
# host: 0.0.0.0
# api_keys: [{name: laptop, secret: "\${OLLAMA_PROXY_KEY}"}]

# The providers. To use an example, remove "# " at the beginning of its lines and replace the values.
# Without a provider, only the test model [demo]-echo is available.
providers:

# A provider with an OpenAI-compatible API.
#
# - name: aliyun                  # any short name; models appear as [aliyun]-qwen3-max
#   url: https://dashscope.aliyuncs.com/compatible-mode/v1
#   secret: sk-your-key           # the provider's API key
#   models:                       # optional: the default is all models of the provider
#   - qwen3-max
#   - glm-*                       # all models that begin with glm-

# An API key can also come from an environment variable or from a file.
#
# - name: openrouter
#   url: https://openrouter.ai/api/v1
#   secret: \${OPENROUTER_API_KEY} # or: secret_file: ~/.openrouter-key, or: secret_command: pass show openrouter

# A provider with the Anthropic API.
#
# - name: claude
#   url: https://api.anthropic.com
#   secret: \${ANTHROPIC_API_KEY}
#   api_type: Anthropic           # or Responses, for OpenAI's API of that name; the default is Openai

# An Ollama server on another machine. A provider with a secret requires https.
#
# - name: office
#   url: http://192.168.1.20:11434
#   secret: null
#   models: null
#   api_type: Ollama

# Names of your own for models of one or more providers. If a model fails, the next one is tried.
#
# models:
# - name: max
#   use: ["[aliyun]-qwen3-max", "[openrouter]-qwen/qwen3-max"]
#   think: high                   # optional defaults: system, options, think, context_length

# To validate this file and query every provider, run: ollama-proxy check
`;

/** A provider that was found on this machine. */
export interface FoundProvider {
  readonly name: string;
  readonly url: string;
  readonly apiType: string | undefined;
  /** The environment variable with its key. */
  readonly variable: string | undefined;
}

/** The sample with these providers as further examples. */
export function createSample(found: readonly FoundProvider[]): string {
  if (found.length === 0) return SAMPLE;
  const head =
    '\n# Found on this machine. To use one, remove "# " at the beginning of its lines.\n# To use all of them, also those that are found later, add the line: auto: true\n';
  return SAMPLE.replace("providers:\n", () => `providers:\n${head}${found.map(describeFound).join("")}`);
}

function describeFound({ name, url, apiType, variable }: FoundProvider): string {
  const lines = [
    "",
    `- name: ${name}`,
    `  url: ${url}`,
    ...(variable === undefined ? [] : [`  secret: \${${variable}}`]),
    ...(apiType === undefined ? [] : [`  api_type: ${apiType}`]),
  ];
  return lines.map((line) => `#${line === "" ? "" : ` ${line}`}\n`).join("");
}

/** Writes the sample, readable by its owner only. Throws `EEXIST` when the file exists. */
export function writeSample(path: string, text = SAMPLE): void {
  writeFileSync(path, text, { mode: 0o600, flag: "wx" });
}
