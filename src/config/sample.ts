/** The configuration of someone who has none yet. */
import { writeFileSync } from "node:fs";

/** Loads as it stands, with no provider; with the blank after every `#` it also loads uncommented. */
export const SAMPLE = `# yaml-language-server: $schema=https://github.com/k88936/ollama-proxy/releases/latest/download/ollama-proxy.schema.json
# Configuration of ollama-proxy. Save this file and it is used at once, no restart needed.

# Where apps find the proxy. 11434 is Ollama's own port, which apps expect.
port: 11434

# To let other machines in, too. Each sends its key, which this example takes from the environment.
#
# host: 0.0.0.0
# api_keys: [{name: laptop, secret: "\${OLLAMA_PROXY_KEY}"}]

# Where the models are. Take the first characters "# " off the lines of an example and
# put in your own values. As long as there is no provider, the model [demo]-echo answers.
providers:

# A provider that speaks OpenAI's language, as most do.
#
# - name: aliyun                  # your own short name; models appear as [aliyun]-qwen3-max
#   url: https://dashscope.aliyuncs.com/compatible-mode/v1
#   secret: sk-your-key           # the provider's API key
#   models:                       # without this list the provider is asked
#   - qwen3-max
#   - glm-4.5

# A key need not stand in this file: it can come from the environment, or from a file of its own.
#
# - name: openrouter
#   url: https://openrouter.ai/api/v1
#   secret: \${OPENROUTER_API_KEY} # or, instead: secret_file: ~/.openrouter-key

# An Ollama on another machine. With a secret, https is a must.
#
# - name: office
#   url: http://192.168.1.20:11434
#   secret: null
#   models: null
#   api_type: Ollama              # Openai when not said

# To see whether every provider answers, run: ollama-proxy check
`;

/** Writes the sample for the owner's eyes only. Throws `EEXIST` rather than touch a file that is there. */
export function writeSample(path: string): void {
  writeFileSync(path, SAMPLE, { mode: 0o600, flag: "wx" });
}
