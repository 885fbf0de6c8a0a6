/**
 * `GET /ollama-proxy/status`: the state of the program and of its providers, for `ollama-proxy check` and `ollama-proxy doctor`. A real
 * Ollama answers 404 here. Names and errors are masked. The response contains no secrets, URLs or prompts.
 *
 *     {"version":"33.0.0","program":{"config":"/home/me/ollama-proxy.yaml","processId":7,"startedAt":"2026-09-01T12:00:00.000Z"},
 *       "apps":[{"name":"zed/1.0","requests":3,"lastAt":"2026-09-01T12:00:00.000Z"}],"limits":["provider a: $0.50 of $5.00 a day"],"disabled":[{"name":"b","reason":"…"}],"providers":[{
 *       "name":"a","models":2,"listError":{"message":"…","at":"2026-09-01T12:00:00.000Z"},"basePath":"/v1","learnedFixes":[{
 *         "model":"m","fix":"drop:temperature","error":"…","learnedAt":"2026-09-01T12:00:00.000Z","expiresAt":"…"}],"resting":[{
 *         "model":"m","key":"…abcd","failures":2,"error":"…","until":"2026-09-01T12:00:05.000Z"}]}]}
 */
import type { Services } from "../pipeline/services.ts";
import { describeFix } from "../providers/learned-fixes.ts";
import type { Provider } from "../providers/provider.ts";
import { bareReply } from "./reply.ts";
import type { RouteRequest } from "./route.ts";

export const STATUS_PATH = "/ollama-proxy/status";

/** An error may quote a request. */
const MAX_ERROR_CHARACTERS = 300;

export function proxyStatus({ services, version }: RouteRequest): Response {
  return bareReply(JSON.stringify(describeStatus(services, version)));
}

export function describeStatus({ providers, catalog, program, spending }: Services, version: string): object {
  return {
    version,
    program: {
      config: program.configPath,
      processId: process.pid,
      startedAt: timeOf(program.startedAtMs),
    },
    apps: program.recentApps
      .list()
      .map(({ name, requests, lastAtMs }) => ({ name, requests, lastAt: timeOf(lastAtMs) })),
    limits: spending.list(),
    disabled: catalog.disabled.map(({ name, reason }) => ({ name, reason })),
    providers: providers.map(describeProvider),
  };
}

/**
 * What is known of each listed model, and who says it:
 *
 *     [{"name":"[a]-m","contextLength":32768,"contextSource":"provider","capabilities":["completion"],"capabilitySource":"guess"}]
 */
export async function describeModels({ catalog }: Services): Promise<readonly object[]> {
  const { listed } = await catalog.current();
  return listed.map(({ name, model }) => ({
    name,
    contextLength: model.contextLength,
    contextSource: model.contextSource,
    capabilities: model.capabilities,
    capabilitySource: model.capabilitySource,
  }));
}

/** `models` is null until the provider has returned a list, `basePath` until it is known. */
function describeProvider({ name, selection, modelList, state, keys, masker }: Provider): object {
  const mask = (text: string): string => masker.text(text).slice(0, MAX_ERROR_CHARACTERS);
  const { error, askedAtMs } = modelList;
  const isKnown = !selection.needsList || modelList.models !== undefined;
  return {
    name,
    models: isKnown ? selection.select(modelList.models).length : null,
    listError: error === undefined ? null : { message: mask(error.message), at: timeOf(askedAtMs) },
    basePath: state.base.basePath === undefined ? null : mask(state.base.basePath),
    learnedFixes: state.fixes.list().map((learned) => ({
      model: mask(learned.model),
      fix: mask(describeFix(learned.fix)),
      error: mask(learned.error),
      learnedAt: timeOf(learned.learnedAtMs),
      expiresAt: timeOf(learned.expiresAtMs),
    })),
    resting: state.health.list().map((rest) => ({
      model: rest.model === undefined ? null : mask(rest.model),
      key: rest.key === undefined ? null : labelOf(keys, rest.key),
      failures: rest.failures,
      error: mask(rest.error.message),
      until: timeOf(rest.untilMs),
    })),
  };
}

/** Empty for the only key of a provider. */
function labelOf({ all }: Provider["keys"], id: string): string {
  return all.find((key) => key.id === id)?.label ?? "";
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
