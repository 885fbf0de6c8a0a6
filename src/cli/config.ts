/** `ollama-proxy config`: prints the path of the configuration, edits it, or prints its JSON schema. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError } from "../config/error.ts";
import { findConfigPath, loadConfig } from "../config/load.ts";
import { writeSample } from "../config/sample.ts";
import { isTerminal, STDIN, STDOUT } from "../log.ts";
import type { Options } from "./args.ts";
import { messageOf, print, printError } from "./console.ts";
import { EXIT } from "./exit-code.ts";

export async function config(options: Options): Promise<number> {
  if (options.argument === "schema") {
    const schema = await import("../../packaging/schema/ollama-proxy.schema.json", {
      with: { type: "json" },
    });
    print(JSON.stringify(schema.default, undefined, 2));
    return EXIT.ok;
  }
  const path = resolve(findConfigPath(options.config, process.env));
  if (options.argument === "edit") return edit(path);
  print(path);
  return EXIT.ok;
}

/** Opens the editor until the file is valid, or the user gives up. */
async function edit(path: string): Promise<number> {
  if (!isTerminal(STDIN) || !isTerminal(STDOUT))
    throw new Error(`Cannot start an editor without a terminal; edit ${path}`);
  if (!existsSync(path)) writeSample(path);
  for (;;) {
    await openEditor(path);
    const problem = findProblem(path);
    if (problem === undefined) {
      print(`${path} is valid. A running ollama-proxy uses it now`);
      return EXIT.ok;
    }
    printError(`${problem}\n`);
    if (!(await asksAgain())) return EXIT.config;
  }
}

/** The variables may contain arguments, so a shell splits them. */
async function openEditor(path: string): Promise<void> {
  const editor = process.env["VISUAL"] || process.env["EDITOR"] || findEditor();
  const command =
    process.platform === "win32"
      ? ["cmd", "/c", `${editor} "${path}"`]
      : ["/bin/sh", "-c", `${editor} "$1"`, "sh", path];
  const exitCode = await Bun.spawn(command, { stdin: "inherit", stdout: "inherit", stderr: "inherit" })
    .exited;
  if (exitCode !== 0)
    throw new Error(`The editor "${editor}" failed with exit code ${exitCode}; set EDITOR to another one`);
}

function findEditor(): string {
  if (process.platform === "win32") return "notepad";
  const found = ["nano", "vim", "vi"].find((name) => Bun.which(name) !== null);
  if (found === undefined) throw new Error("Cannot find an editor; set the variable EDITOR");
  return found;
}

function findProblem(path: string): string | undefined {
  try {
    loadConfig(path, process.env);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return messageOf(error);
  }
}

async function asksAgain(): Promise<boolean> {
  const { withTerminal } = await import("./prompt/terminal.ts");
  const { select } = await import("./prompt/select.ts");
  return withTerminal((terminal) =>
    select(terminal, {
      question: "What next",
      choices: [
        { label: "Edit the file again", value: true },
        { label: "Leave it as it is", value: false },
      ],
    }),
  );
}
