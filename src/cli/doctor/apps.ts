/** Which apps use the proxy. */
import type { Config } from "../../config/schema.ts";
import { findConfiguredAddresses } from "../setup/configured.ts";
import { addressOf, type Status } from "../running.ts";
import { type Finding, info, ok, type Section, warning } from "./finding.ts";

const MAX_SHOWN = 10;

export function describeApps(config: Config, status: Status | undefined): Section {
  const findings = [...describeRecent(status), ...describeVariables(config), ...describeSettings(config)];
  return { title: "Apps", findings };
}

function describeRecent(status: Status | undefined): readonly Finding[] {
  if (status === undefined) return [info("requests", "not known, because the program does not run")];
  if (status.apps.length === 0)
    return [info("requests", `no app has sent a request since ${status.program?.startedAt ?? "the start"}`)];
  return status.apps
    .slice(0, MAX_SHOWN)
    .map(({ name, requests, lastAt }) =>
      ok(
        "requests",
        `${name}: ${requests} ${requests === 1 ? "request" : "requests"}, the last at ${lastAt}`,
      ),
    );
}

/** Apps on this machine whose settings name another address. */
function describeSettings(config: Config): readonly Finding[] {
  return findConfiguredAddresses(process.env).flatMap(({ app, path, address }): readonly Finding[] =>
    pointsTo(address, config)
      ? [ok("settings", `${app.title} uses this program (${path})`)]
      : [
          warning(
            "settings",
            `${app.title} uses ${address} (${path})`,
            `ollama-proxy setup ${app.name} --write`,
          ),
        ],
  );
}

/** Variables with which programs choose the address of Ollama. */
const ADDRESS_VARIABLES = ["OLLAMA_HOST", "OLLAMA_BASE_URL", "OLLAMA_API_BASE"];

function describeVariables(config: Config): readonly Finding[] {
  return ADDRESS_VARIABLES.flatMap((name): readonly Finding[] => {
    const value = process.env[name] ?? "";
    if (value === "" || pointsTo(value, config)) return [];
    const url = addressOf(config);
    return [
      warning(
        "variable",
        `${name}=${value} makes programs use another address than ${url}`,
        `export ${name}=${url}`,
      ),
    ];
  });
}

/** Whether an address as users write it is that of the proxy. */
function pointsTo(written: string, { port, host }: Config): boolean {
  const url = URL.parse(/^\w+:\/\//.test(written) ? written : `http://${written}`);
  if (url === null) return false;
  const given =
    Number(url.port) || (/^\w+:\/\//.test(written) ? (url.protocol === "https:" ? 443 : 80) : 11_434);
  const isHere = /^(?:localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0|host\.docker\.internal)$/.test(url.hostname);
  return given === port && (isHere || url.hostname === host);
}
