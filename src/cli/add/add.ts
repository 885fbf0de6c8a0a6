/** `ollama-proxy add`: adds a provider to the configuration, after a test with real requests. */
import { addProvider } from "../../config/edit.ts";
import { findNameFault } from "../../config/fields.ts";
import { ModelSelection } from "../../models/selection.ts";
import { isTerminal, STDIN, STDOUT } from "../../log.ts";
import { freeName } from "../../options/hosts.ts";
import { type Options, UsageError } from "../args.ts";
import { ConfigFile } from "../config-file.ts";
import { print } from "../console.ts";
import { EXIT } from "../exit-code.ts";
import { variableOf } from "../offers.ts";
import { Canceled, type Terminal, withTerminal } from "../prompt/terminal.ts";
import { describePickup } from "./pickup.ts";
import { type Key, type Place, type Target, targetOfName, targetOfUrl, toEntry, valueOf } from "./draft.ts";
import {
  askAfterRefusal,
  askKey,
  askModels,
  askName,
  askTarget,
  askTypedKey,
  splitModels,
} from "./interview.ts";
import { type Verified, verify } from "./verify.ts";

/** The settings of a provider that is ready to be written. */
interface Ready {
  readonly target: Target;
  readonly place: Place;
  readonly key: Key;
  readonly models: readonly string[];
  /** Undefined when the provider was not tested. */
  readonly verified: Verified | undefined;
}

/** Throws an `Error` for the user. Then nothing was changed. */
export async function add(options: Options, version: string): Promise<number> {
  const file = new ConfigFile(options);
  const isInteractive = isTerminal(STDIN) && isTerminal(STDOUT);
  const known = readFlags(options, file.providerNames);
  const ready =
    isInteractive && (known.target === undefined || known.key === undefined)
      ? await withTerminal((terminal) => interview(terminal, known, { file, options, version }))
      : await withoutQuestions(known, options, version);
  return write(file, ready);
}

interface Known {
  readonly target: Target | undefined;
  readonly key: Key | undefined;
  /** Undefined: the user has not decided. */
  readonly models: readonly string[] | undefined;
}

/** Throws `UsageError`. */
function readFlags({ argument, flags }: Options, taken: readonly string[]): Known {
  const { url, models } = flags;
  const variable = flags["key-from-env"];
  const path = flags["key-file"];
  if (variable !== undefined && path !== undefined)
    throw new UsageError("Expected either --key-from-env or --key-file, got both");
  const target =
    url === undefined
      ? argument === undefined
        ? undefined
        : targetOfName(argument)
      : targetOfUrl(url, argument);
  const fault = target === undefined ? undefined : findNameFault(target.name);
  if (fault !== undefined) throw new UsageError(fault);
  if (argument !== undefined && target !== undefined) checkFree(target.name, taken);
  return {
    target: target && { ...target, name: freeName(target.name, taken) },
    key:
      variable === undefined
        ? path === undefined
          ? undefined
          : { type: "file", path }
        : { type: "variable", name: variable },
    models: models === undefined ? undefined : splitModels(models),
  };
}

function checkFree(name: string, taken: readonly string[]): void {
  if (!taken.some((one) => one.toLowerCase() === name.toLowerCase())) return;
  throw new Error(
    `The configuration has a provider "${name}" already; to replace it, run first: ollama-proxy remove ${name}\nTo add another one, use another name and --url`,
  );
}

async function withoutQuestions(known: Known, { flags }: Options, version: string): Promise<Ready> {
  const { target, models = [] } = known;
  if (target === undefined)
    throw new UsageError(
      "Expected the name of a provider, or --url: without a terminal no question is asked. Example: ollama-proxy add openrouter --key-from-env OPENROUTER_API_KEY",
    );
  const key = known.key ?? keyOfEnvironment(target);
  const base = { target, place: target.places[0], key, models };
  const secret = valueOf(key, process.env);
  if (flags["skip-test"] !== undefined) return { ...base, verified: undefined };
  const result = await verify(target, secret, models, version);
  if (result.type === "refused")
    throw new Error(
      `Cannot use the provider "${target.name}": ${result.message}\nNothing was changed. To add it without a test, use --skip-test`,
    );
  return { ...base, place: result.place, verified: result };
}

/** The user has named the provider, so its usual variable is used. */
function keyOfEnvironment({ known }: Target): Key {
  if (known === undefined) return { type: "none" };
  const name = variableOf(known, process.env);
  if (name !== undefined) return { type: "variable", name };
  const [usual = "VARIABLE"] = known.keyVariables;
  throw new UsageError(
    `Expected the API key of "${known.name}": set ${usual}, or use --key-from-env or --key-file. Keys are issued at ${known.endpoints[0].keyUrl}`,
  );
}

interface Session {
  readonly file: ConfigFile;
  readonly options: Options;
  readonly version: string;
}

async function interview(terminal: Terminal, known: Known, session: Session): Promise<Ready> {
  const { file, options, version } = session;
  const asked = known.target ?? (await askTarget(terminal, process.env, version));
  const target = { ...asked, name: freeName(asked.name, file.providerNames) };
  const { key, verified } = await testKey(terminal, target, known, session);
  const offered = verified?.models ?? [];
  const models = known.models ?? (offered.length > 1 ? await askModels(terminal, offered) : []);
  const name =
    options.argument === undefined
      ? await askName(terminal, target.name, (answer) => checkName(answer, file.providerNames))
      : target.name;
  return { target: { ...target, name }, place: verified?.place ?? target.places[0], key, models, verified };
}

function checkName(name: string, taken: readonly string[]): string | undefined {
  const isTaken = taken.some((one) => one.toLowerCase() === name.toLowerCase());
  return findNameFault(name) ?? (isTaken ? "Another provider has this name" : undefined);
}

/** Asks for the key until the provider accepts one, or the user goes on without a test. */
async function testKey(
  terminal: Terminal,
  target: Target,
  known: Known,
  { options, version }: Session,
): Promise<{ readonly key: Key; readonly verified: Verified | undefined }> {
  let key = known.key ?? (await askKey(terminal, target, process.env));
  for (;;) {
    if (options.flags["skip-test"] !== undefined) return { key, verified: undefined };
    terminal.write(`Testing ${target.title} …\r\n`);
    const result = await verify(target, valueOf(key, process.env), known.models ?? [], version);
    if (result.type === "verified") return { key, verified: result };
    terminal.write(`${result.message.replaceAll("\n", "\r\n")}\r\n`);
    const next = key.type === "none" && result.isRejected ? "key" : await askAfterRefusal(terminal);
    if (next === "cancel") throw new Canceled();
    if (next === "add") return { key, verified: undefined };
    key = await askTypedKey(terminal, target);
  }
}

async function write(file: ConfigFile, { target, place, key, models, verified }: Ready): Promise<number> {
  const text = addProvider(file.text, toEntry(target.name, place, key, models));
  const config = file.replace(text);
  const shown = verified === undefined ? undefined : shownModels(models, verified);
  const count = shown === undefined ? "" : ` with ${shown.length} ${shown.length === 1 ? "model" : "models"}`;
  const [example = "model"] = shown ?? models;
  print(
    [
      `Added "${target.name}"${count} to ${file.path}`,
      ...(verified === undefined ? ["It was not tested"] : [`Test: ${verified.finding}`]),
      `Apps show its models as [${target.name}]-…, for example [${target.name}]-${example}`,
      ...(await describePickup(config, target.name, "added")),
    ].join("\n"),
  );
  return EXIT.ok;
}

function shownModels(models: readonly string[], { models: listed }: Verified): readonly string[] {
  const configured = models.length === 0 ? undefined : models.map((name) => ({ name }));
  return new ModelSelection(configured).select(listed).map(({ id }) => id);
}
