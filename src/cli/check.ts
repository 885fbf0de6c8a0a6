/** `ollama-proxy check`: is the configuration right, and does every provider answer? */
import type { Options } from "./args.ts";
import { type Answer, askProviders, loadAndWarn } from "./ask.ts";
import { say } from "./console.ts";
import { EXIT } from "./exit-code.ts";

export async function check(options: Options, version: string): Promise<number> {
  const providers = loadAndWarn(options);
  if (providers.length === 0) {
    say("The configuration is right, but has no provider yet");
    return EXIT.ok;
  }
  const answers = await askProviders(providers, version);
  const width = Math.max(...providers.map((provider) => Bun.stringWidth(provider.name)));
  for (const answer of answers) say(describe(answer, width));
  return answers.some(({ result }) => "error" in result) ? EXIT.failure : EXIT.ok;
}

function describe({ provider, result }: Answer, width: number): string {
  const name = provider.name + " ".repeat(width - Bun.stringWidth(provider.name));
  if ("error" in result) return `failed  ${name}  ${result.error}`;
  const absent = (provider.models ?? []).filter((model) => !result.models.includes(model.name));
  const note = absent.length === 0 ? "" : `, not among them: ${absent.map((model) => model.name).join(", ")}`;
  return `ok      ${name}  ${result.models.length} models${note}`;
}
