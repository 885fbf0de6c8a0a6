/** Examines one provider: the way to it, its models, and its key. */
import type { Places } from "../../config/places.ts";
import { nearestOf } from "../../config/nearest.ts";
import type { ProviderConfig } from "../../config/schema.ts";
import { ModelSelection } from "../../models/selection.ts";
import { listOf } from "../query-providers.ts";
import { askOneToken, formatMs, proveKey } from "../trial.ts";
import { examineConnection } from "./connection.ts";
import { failed, type Finding, info, ok, type Section, warning } from "./finding.ts";
import { probe } from "./probe.ts";

export interface ProviderContext {
  readonly places: Places;
  readonly version: string;
  readonly environment: { readonly [name: string]: string | undefined };
  /** The address of the program with these providers, in this process. */
  readonly trialUrl: string;
  /** Asks for the capabilities of a model too. */
  readonly probes: boolean;
}

const NOT_FOUND = 404;
const TOO_MANY = 429;
/** Absent models that are asked for a token. */
const MAX_ABSENT = 3;

export async function examineProvider(provider: ProviderConfig, context: ProviderContext): Promise<Section> {
  const { places, environment } = context;
  const { name, url } = provider;
  const title = `Provider ${name}  ${url}`;
  const connection = await examineConnection(provider, places.ofProvider(name, "url"), environment);
  if (connection.some(({ state }) => state === "failed")) return { title, findings: connection };
  return { title, findings: [...connection, ...(await examineApi(provider, context))] };
}

async function examineApi(provider: ProviderConfig, context: ProviderContext): Promise<readonly Finding[]> {
  const { places, version, trialUrl, probes } = context;
  const { name } = provider;
  const list = await listOf(provider, version);
  const keyFix = `change the key in ${keyPlace(provider, places)}`;
  if ("error" in list && list.isRejected) return [failed("key", list.error, keyFix)];
  const selection = new ModelSelection(provider.models);
  const listed = "models" in list ? list.models : [];
  const shown = selection.select(listed).map(({ id, listed: entry }) => entry ?? { id });
  const models = describeList(list, shown.length, places.ofProvider(name));
  if (shown.length === 0)
    return [
      models,
      failed("models", "apps see no model", `correct \`models\` in ${places.ofProvider(name, "models")}`),
    ];
  const { model, trial } = await proveKey(trialUrl, name, shown);
  if (trial.type === "rejected") return [models, failed("key", trial.message, keyFix)];
  const absent = listed.length === 0 ? [] : await examineAbsent(provider, listed, context);
  if (trial.type === "failed")
    return [models, describeFailure(model, trial, places.ofProvider(name, "models")), ...absent];
  const key = ok("key", `accepted; "${model}" sent its first token after ${formatMs(trial.firstByteMs)}`);
  const probed = probes && model !== undefined ? await probe(trialUrl, `[${name}]-${model}`) : [];
  return [models, key, ...probed, ...absent];
}

function describeList(list: Awaited<ReturnType<typeof listOf>>, shown: number, place: string): Finding {
  if ("error" in list)
    return shown > 0
      ? info("models", `${shown} configured; the provider gives no list: ${list.error}`)
      : failed("models", list.error, `list the models that you use under \`models\` below ${place}`);
  const amount = list.models.length;
  const noun = amount === 1 ? "model" : "models";
  return ok(
    "models",
    shown === amount ? `${amount} ${noun}` : `${amount} ${noun}, of which apps see ${shown}`,
  );
}

function describeFailure(
  model: string | undefined,
  trial: { readonly status: number; readonly message: string },
  place: string,
): Finding {
  if (model === undefined) return info("key", "not tested, because no model for chats is shown");
  const text = `"${model}" gave an error: ${trial.message}`;
  if (trial.status === TOO_MANY) return warning("key", text, "wait, then run this command again");
  return failed("key", text, `choose another model in ${place}`);
}

/** Configured models that the list lacks. Some providers serve models that they do not list, so they are asked. */
async function examineAbsent(
  provider: ProviderConfig,
  listed: readonly { readonly id: string }[],
  { places, trialUrl }: ProviderContext,
): Promise<readonly Finding[]> {
  const ids = new Set(listed.map(({ id }) => id));
  const entries = (provider.models ?? []).map(({ name }, index) => ({ name, index }));
  const { names } = new ModelSelection(provider.models);
  const absent = entries.filter(({ name }) => names.includes(name) && !ids.has(name)).slice(0, MAX_ABSENT);
  const findings = await Promise.all(
    absent.map(async ({ name, index }): Promise<readonly Finding[]> => {
      const trial = await askOneToken(trialUrl, provider.name, name);
      if (trial.type === "reply") return [];
      const place = places.ofProvider(provider.name, "models", index);
      const near = nearestOf(name, ids);
      const fix = near === undefined ? `remove it from ${place}` : `write \`${near}\` in ${place}`;
      const text = `the provider does not offer "${name}"`;
      return [
        trial.type === "failed" && trial.status === NOT_FOUND
          ? failed("model", text, fix)
          : warning("model", `${text}: ${trial.message}`, fix),
      ];
    }),
  );
  return findings.flat();
}

/** `FILE:LINE` of the key, or of the provider when it has none. */
function keyPlace({ name, secrets, secretFile, secretCommand }: ProviderConfig, places: Places): string {
  if (secretFile !== undefined) return `${secretFile} (${places.ofProvider(name, "secret_file")})`;
  if (secretCommand !== undefined) return places.ofProvider(name, "secret_command");
  return secrets.length === 0 ? places.ofProvider(name) : places.ofProvider(name, "secret");
}
