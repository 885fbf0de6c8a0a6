/** `ollama-proxy serve`: runs until a signal to stop, and reloads the configuration when its file is saved. */
import { resolve } from "node:path";
import { type AppOptions, type RunningApp, startApp } from "../app.ts";
import { ConfigError } from "../config/error.ts";
import { EXPOSURE_EXPECTED } from "../config/exposure.ts";
import { findConfigPath, isNamedPath, type LoadedConfig, loadConfig, parseConfig } from "../config/load.ts";
import { SAMPLE } from "../config/sample.ts";
import type { Config } from "../config/schema.ts";
import { isLoopback } from "../config/values.ts";
import { watchConfig } from "../config/watch.ts";
import { FileWatches } from "../config/watch-files.ts";
import { createLog, detectLogFormat, isTerminal, mayColor, STDERR, STDOUT } from "../log.ts";
import { historyFile, pageKeyFile, stateFolder } from "../usage/state-folder.ts";
import { ModelSelection } from "../models/selection.ts";
import { createRuntime, type Log, type LogLevel } from "../runtime.ts";
import type { Options } from "./args.ts";
import type { FoundProviders } from "./auto.ts";
import { logOutput, messageOf, print, secrets } from "./console.ts";
import { EXIT } from "./exit-code.ts";
import { describeFound, ensureSample, type FirstRun } from "./first-run.ts";
import { notifySystemd, type ServiceState } from "./notify.ts";
import { createConfigEditor } from "./config-editor.ts";
import { findProgram } from "./program.ts";

/** Resolves with the exit code after a graceful stop. Throws when the program cannot start. */
export async function serve(options: Options, version: string): Promise<number> {
  const path = resolve(findConfigPath(options.config, process.env));
  const log = createLog({
    level: options.logLevel ?? levelOf(process.env["OLLAMA_DEBUG"]),
    format: detectLogFormat(process.env),
    isColored: mayColor(process.env),
    write: (text) => logOutput.write(secrets.mask(text)),
  });
  logOutput.onDropped((lines) =>
    log("warn", "Lines of the log were dropped, because its output did not take them", { lines }),
  );
  const firstRun: FirstRun = isNamedPath(options.config, process.env)
    ? { state: "present" }
    : await ensureSample(path, log, version);
  const started = Promise.withResolvers<RunningApp>();
  const found = new LazyFound(version, () => reloader.reload());
  const reloader = new Reloader(started.promise, log, () =>
    found.extend(applyOptions(loadConfig(path, process.env), options, log)),
  );
  // The watch begins before the file is read, so that no save is missed.
  const watch = watchConfig(path, reloader.reload);
  const loaded =
    firstRun.state === "not-writable"
      ? parseConfig(SAMPLE, path, process.env)
      : loadConfig(path, process.env);
  const config = await found.extend(applyOptions(loaded, options, log));
  const stopping = listenForStop(started.promise);
  const app = await startApp({
    config,
    runtime: createRuntime(log),
    version,
    configPath: path,
    origins: process.env["OLLAMA_ORIGINS"],
    secrets,
    ...keptIn(stateFolder(process.env, process.platform), path, log),
  });
  started.resolve(app);
  reloader.watchFilesOf(config);
  process.on("SIGHUP", reloader.reload);
  announce({ version, path, config, urls: app.urls, firstRun, log });
  // Reported last, because a signal without a handler would end the process immediately.
  reportToSystemd(log, "READY", `Listening on ${app.urls.join(" and ")}`);

  await stopping;
  watch.close();
  found.close();
  reloader.close();
  process.off("SIGHUP", reloader.reload);
  log("info", "Stopping after all open replies have ended; send the signal again to end them immediately");
  reportToSystemd(log, "STOPPING", "Waiting for open replies to end");
  await app.stop();
  log("info", "Stopped");
  return EXIT.ok;
}

/** What needs a folder that is kept between starts. `path` is the configuration file. */
function keptIn(folder: string | undefined, path: string, log: Log): Pick<AppOptions, "historyPath" | "ui"> {
  if (folder === undefined) {
    log("warn", "There is no history of requests and no page: the environment names no home directory");
    return {};
  }
  return {
    historyPath: historyFile(folder),
    ui: { keyPath: pageKeyFile(folder), program: findProgram(), editor: createConfigEditor(path) },
  };
}

/** Resolves at the first signal to stop. A second one ends the open replies immediately. */
function listenForStop(started: Promise<RunningApp>): Promise<void> {
  return new Promise((first) => {
    let isStopping = false;
    const stop = (): void => {
      if (isStopping) void started.then((app) => app.stop());
      isStopping = true;
      first();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}

function levelOf(debug: string | undefined): LogLevel {
  return debug === undefined || ["", "0", "false"].includes(debug) ? "info" : "debug";
}

/** Options of the command line override those of the file. */
function applyOptions({ config, warnings }: LoadedConfig, options: Options, log: Log): Config {
  for (const warning of warnings) log("warn", warning);
  const host = options.host ?? config.host;
  if (!isLoopback(host)) checkExposure(config, options.host, log);
  return { ...config, host, port: options.port ?? config.port };
}

/** Checks `--host`. The `host` of the file was checked with the file. Throws `ConfigError`. */
function checkExposure({ apiKeys, allowAnonymous, tls }: Config, flag: string | undefined, log: Log): void {
  if (allowAnonymous) {
    log("warn", "`allow_anonymous` is set: everyone who can connect to this machine can use your providers");
  } else if (apiKeys.length === 0) {
    const text = `Cannot use the configuration: 1 problem\n\n--host ${flag}: ${EXPOSURE_EXPECTED}`;
    throw new ConfigError(text);
  }
  if (tls === undefined) {
    log(
      "info",
      "Other machines can reach this address, and `tls` is not set: keys and prompts are sent unencrypted",
    );
  }
}

/** Loads the code that finds providers only when a configuration asks for it. */
class LazyFound {
  readonly #version: string;
  readonly #onChange: () => void;
  #found: FoundProviders | undefined;

  constructor(version: string, onChange: () => void) {
    this.#version = version;
    this.#onChange = onChange;
  }

  async extend(config: Config): Promise<Config> {
    if (!config.auto && this.#found === undefined) return config;
    this.#found ??= new (await import("./auto.ts")).FoundProviders(this.#version, this.#onChange);
    return this.#found.extend(config);
  }

  close(): void {
    this.#found?.close();
  }
}

/** Applies changed configurations, one at a time. */
class Reloader {
  readonly #started: Promise<RunningApp>;
  readonly #log: Log;
  readonly #read: () => Promise<Config>;
  readonly #files: FileWatches;
  #last: Promise<void> = Promise.resolve();

  constructor(started: Promise<RunningApp>, log: Log, read: () => Promise<Config>) {
    this.#started = started;
    this.#log = log;
    this.#read = read;
    this.#files = new FileWatches(() => this.reload());
  }

  watchFilesOf({ tls, apiKeys }: Config): void {
    const certificate = tls === undefined ? [] : [tls.certFile, tls.keyFile];
    this.#files.set([...certificate, ...apiKeys.flatMap(({ secretFile }) => secretFile ?? [])]);
  }

  close(): void {
    this.#files.close();
  }

  readonly reload = (): void => {
    this.#last = this.#last.then(() => this.#apply());
  };

  async #apply(): Promise<void> {
    const app = await this.#started;
    reportToSystemd(this.#log, "RELOADING", "Reading the configuration");
    try {
      const config = await this.#read();
      await app.reload(config);
      this.watchFilesOf(config);
      this.#log("info", "Using the changed configuration", {
        url: app.urls.join(" "),
        ...countConfigured(config),
      });
    } catch (error) {
      this.#log("error", `${messageOf(error)}\nKeeping the previous configuration`);
    }
    reportToSystemd(this.#log, "READY", `Listening on ${app.urls.join(" and ")}`);
  }
}

function reportToSystemd(log: Log, state: ServiceState, status: string): void {
  const failure = notifySystemd(state, status);
  if (failure !== undefined) log("warn", `Cannot notify systemd of ${state}: ${failure}`);
}

function countConfigured(config: Config): { readonly providers: number; readonly models: number } {
  const models = selectionsOf(config).reduce((sum, { names }) => sum + names.length, 0);
  return { providers: config.providers.length, models };
}

function selectionsOf({ providers }: Config): readonly ModelSelection[] {
  return providers.map(({ models }) => new ModelSelection(models));
}

interface Announcement {
  readonly version: string;
  readonly path: string;
  readonly config: Config;
  readonly urls: readonly string[];
  readonly firstRun: FirstRun;
  readonly log: Log;
}

function announce({ version, path, config, urls, firstRun, log }: Announcement): void {
  const { providers, models } = countConfigured(config);
  if (!isTerminal(STDOUT) || !isTerminal(STDERR)) {
    if (firstRun.state === "written") {
      log("info", "Wrote a sample configuration; add a provider and save the file", { config: path });
      const hint = describeFound(firstRun.found);
      if (hint !== undefined) log("info", hint);
    }
    log("info", "Listening", { version, url: urls.join(" "), config: path, providers, models });
  }
  if (!isTerminal(STDOUT)) return;
  const listed = selectionsOf(config).filter(({ needsList }) => needsList).length;
  const named =
    listed === 0
      ? count(models, "model")
      : `${count(models, "configured model")} and the listed models of ${count(listed, "provider")}`;
  const lines = [
    `ollama-proxy ${version} is running`,
    "",
    ...urls.map((url, index) => `  ${index === 0 ? "Address  " : "         "}  ${url}`),
    `  Config     ${path}`,
    `  Providers  ${providers === 0 ? "none configured" : `${providers}, with ${named}`}`,
    "",
    firstRun.state === "written"
      ? "A sample configuration was written to this file. Add a provider and save the file;\nthe change takes effect immediately. Until then, only the test model [demo]-echo\nis available."
      : "Changes to this file take effect immediately.",
    "Press Ctrl-C to stop.",
    "",
  ];
  const hint = firstRun.state === "written" ? describeFound(firstRun.found) : undefined;
  print((hint === undefined ? lines : lines.toSpliced(-2, 0, hint)).join("\n"));
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
