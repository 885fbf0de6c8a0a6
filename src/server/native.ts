/** Handlers of Ollama's API for versions and for lists and descriptions of models. */
import { type ProxyError, modelNotFound } from "../chat/error.ts";
import type { ListedModel } from "../chat/model.ts";
import { encodeLoadedModel, encodeRunningModel, encodeTags } from "../apis/ollama/client/models.ts";
import { CLOUD_STATUS, encodeVersion } from "../apis/ollama/client/server-info.ts";
import { decodeShowRequest, encodeServerShow, encodeShow } from "../apis/ollama/client/show.ts";
import { taggedName } from "../models/catalog.ts";
import { canonicalName } from "../models/name.ts";
import { resolveModel } from "../pipeline/resolve.ts";
import { runningModels } from "../pipeline/running.ts";
import { showModel } from "../pipeline/show.ts";
import type { Provider } from "../providers/provider.ts";
import { encodeGoJson } from "../wire/go-json.ts";
import { readJson } from "./body.ts";
import { listText } from "./list-text.ts";
import { PROXY_HEADER, jsonReply } from "./reply.ts";
import type { RouteRequest } from "./route.ts";

export function root({ version: number }: RouteRequest): Response {
  return new Response("Ollama is running", {
    headers: { "content-type": "text/plain; charset=utf-8", [PROXY_HEADER]: number },
  });
}

export function version({ version: number }: RouteRequest): Response {
  return jsonReply(encodeVersion(number));
}

/** ollama-proxy has no Ollama cloud. */
export function status(): Response {
  return jsonReply(CLOUD_STATUS);
}

export async function tags({ request, services }: RouteRequest): Promise<Response> {
  const { listed } = await services.catalog.current();
  return jsonReply(wantsTags(request) ? taggedText(listed) : tagsText(listed));
}

const tagsText = listText(encodeTags);
const taggedText = listText((models) => encodeTags(models.map(withTag)));

export async function ps({ request, services, signal }: RouteRequest): Promise<Response> {
  const named = wantsTags(request) ? tagged : (name: string) => name;
  const lists = await Promise.all(
    services.providers.map(async (provider): Promise<readonly Running[]> => {
      const running = await runningModels(provider, services.runtime, signal);
      if (running === undefined) return loadedModels(provider, services.runtime.now(), named);
      return running.flatMap(({ id, entry, expiresAtMs }) => {
        if (!provider.selection.shows(id)) return [];
        const name = named(taggedName(provider, id));
        return [{ name, entry: encodeRunningModel(name, entry), expiresAtMs }];
      });
    }),
  );
  // Several providers may have answered for one alias. The one that is unloaded last counts.
  const byName = new Map<string, Running>();
  for (const running of lists.flat().toSorted((a, b) => b.expiresAtMs - a.expiresAtMs))
    if (!byName.has(running.name)) byName.set(running.name, running);
  return jsonReply(JSON.stringify({ models: [...byName.values()].map(({ entry }) => entry) }));
}

interface Running {
  readonly name: string;
  readonly entry: object;
  readonly expiresAtMs: number;
}

/** The recently used models of a provider that does not tell which ones it runs. */
function loadedModels({ state }: Provider, now: number, named: (name: string) => string): readonly Running[] {
  return state.loaded.list().map(({ listed, expiresAtMs }) => {
    const name = named(listed.name);
    const expiresAt = expiryTime(expiresAtMs, now);
    return { name, entry: encodeLoadedModel({ ...listed, name, expiresAt }), expiresAtMs };
  });
}

export async function show(route: RouteRequest): Promise<Response> {
  const { name, ...query } = decodeShowRequest((await readJson(route)).value);
  route.recorder.setModel(name);
  // Only this route reports the name of a missing model with its tag.
  const missing = (): ProxyError => modelNotFound(canonicalName(name));
  const { listed, candidates, alias } = await resolveModel(name, route.services.catalog, { missing });
  const [candidate] = candidates;
  const served = await showModel(candidate, query, route.services);
  const configured = alias?.model ?? candidate.provider.selection.find(listed.model.id);
  const unknownLength = ACCEPTS_ABSENCE.test(route.request.headers.get("user-agent") ?? "") ? undefined : 0;
  const shown =
    served === undefined
      ? encodeShow(listed, query, unknownLength)
      : encodeServerShow(served, listed, configured, unknownLength);
  return jsonReply(encodeGoJson(shown));
}

/** Ollama's own clients accept a description without an embedding length, and the command line prints a length of 0. koog requires one. */
const ACCEPTS_ABSENCE = /^ollama(?:-python|-js)?\//;

/** Open WebUI adds `:latest` to an id without a colon, and requires that this id is in the list. */
const WANTS_TAGS = /\baiohttp\/|open-?webui/i;

function wantsTags(request: Request): boolean {
  return WANTS_TAGS.test(request.headers.get("user-agent") ?? "") || hasOpenWebUiHeader(request);
}

function hasOpenWebUiHeader(request: Request): boolean {
  return [...request.headers.keys()].some((name) => name.startsWith("x-openwebui-"));
}

function withTag<M extends ListedModel>(model: M): M {
  return { ...model, name: tagged(model.name) };
}

function tagged(name: string): string {
  return name.includes(":") ? name : `${name}:latest`;
}

/** For a model that is never unloaded, Ollama reports a date about 290 years from now. */
const FOREVER_MS = 292 * 365.25 * 86_400_000;

function expiryTime(expiresAtMs: number, now: number): string {
  return new Date(Math.min(expiresAtMs, now + FOREVER_MS)).toISOString();
}
