/** `ollama-proxy doctor`: examines everything between an app and its models, and names the fix of every problem. */
import { homedir, release } from "node:os";
import { resolve } from "node:path";
import { readDocument } from "../../config/document.ts";
import { findConfigPath, parseConfig } from "../../config/load.ts";
import { maskSecrets } from "../../config/mask.ts";
import { Places } from "../../config/places.ts";
import { FileFault, readText } from "../../config/read-file.ts";
import type { Config } from "../../config/schema.ts";
import type { Options } from "../args.ts";
import { withFound } from "../auto.ts";
import { print } from "../console.ts";
import { EXIT } from "../exit-code.ts";
import { maskSecretsOf } from "../query-providers.ts";
import { withTrialApp } from "../trial.ts";
import { describeApps } from "./apps.ts";
import { examineFiles } from "./files.ts";
import { failed, isFailure, renderSections, type Section } from "./finding.ts";
import { examineProgram } from "./program.ts";
import { examineProvider } from "./provider.ts";
import { examineService } from "./service.ts";

export async function doctor(options: Options, version: string): Promise<number> {
  const path = resolve(findConfigPath(options.config, process.env));
  const sections = await examine(path, version, options.flags["probe"] !== undefined);
  if (options.flags["json"] !== undefined) {
    const ok = !isFailure(sections);
    print(JSON.stringify({ version, ok, sections }, undefined, 2));
  } else if (options.flags["report"] !== undefined) print(renderReport(sections, path, version));
  else print(renderSections(sections));
  return isFailure(sections) ? EXIT.failure : EXIT.ok;
}

async function examine(path: string, version: string, probes: boolean): Promise<readonly Section[]> {
  const { section: files, loaded } = examineFiles(path, process.env);
  const text = readOrEmpty(path);
  const places = new Places(loaded === undefined ? "" : text, path);
  // With an invalid file the program may still run with the last valid one, on the usual port.
  const config = await withFound(loaded?.config ?? parseConfig("", path, {}).config, version);
  maskSecretsOf(config.providers);
  const { section: program, status } = await examineProgram(config, {
    configPath: path,
    version,
    portPlace: places.of("port"),
    placeOf: (name) => places.ofProvider(name, "secret"),
  });
  const providers = await examineProviders(config, { places, version, probes });
  return [files, program, examineService(), ...providers, describeApps(config, status)];
}

async function examineProviders(
  { providers, disabled }: Config,
  context: { readonly places: Places; readonly version: string; readonly probes: boolean },
): Promise<readonly Section[]> {
  const unusable = disabled.map(({ name, reason }): Section => {
    const fix = `do that, or change \`secret\` in ${context.places.ofProvider(name, "secret")}`;
    return { title: `Provider ${name}`, findings: [failed("settings", `disabled: ${reason}`, fix)] };
  });
  // The fix names the line, so the errors need not.
  const bare = providers.map((provider) => ({ ...provider, keyPlace: undefined }));
  const examined = await withTrialApp(bare, context.version, (trialUrl) =>
    Promise.all(
      bare.map((provider) => examineProvider(provider, { ...context, trialUrl, environment: process.env })),
    ),
  );
  return [...examined, ...unusable];
}

/** Markdown for a bug report. Secrets and the name of the home directory are removed. */
function renderReport(sections: readonly Section[], path: string, version: string): string {
  const text = readOrEmpty(path);
  const system = `${process.platform} ${release()} ${process.arch}`;
  const report = [
    `ollama-proxy ${version}, Bun ${Bun.version}, ${system}`,
    "```",
    renderSections(sections),
    "```",
    "```yaml",
    maskSecrets(text, readDocument(text)).trimEnd(),
    "```",
  ].join("\n");
  return report.replaceAll(homedir(), "~");
}

function readOrEmpty(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return "";
  }
}
