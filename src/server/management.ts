/** Handlers that change models. They relay to providers whose API manages models. For other providers they return an error. */
import {
  NOTHING_TO_CREATE,
  decodeCopy,
  decodeCreate,
  decodeDelete,
  decodePull,
  decodePush,
  invalidName,
  requireDigest,
} from "../apis/ollama/client/management.ts";
import {
  type ProgressReply,
  encodePullFailed,
  encodePulled,
  encodePushRefused,
} from "../apis/ollama/client/progress.ts";
import { ProxyError } from "../chat/error.ts";
import {
  type ManagedRequest,
  type ManagingProvider,
  manageModels,
  managing,
  noteChange,
  onlyManagingProvider,
  relayBlob,
} from "../pipeline/manage.ts";
import { type Candidate, findProvider, type ResolvedModel, resolveModel } from "../pipeline/resolve.ts";
import type { Provider } from "../providers/provider.ts";
import { NDJSON_TYPE } from "../wire/content-types.ts";
import { BodyReader, streamOf } from "./body-reader.ts";
import { readJson } from "./body.ts";
import { bareReply, streamReply } from "./reply.ts";
import type { RouteRequest } from "./route.ts";

export async function pull(route: RouteRequest): Promise<Response> {
  const { name, streams, encode } = decodePull(await readJson(route));
  route.recorder.setModel(name);
  const found = await findManaging(name, route);
  if (found !== undefined) {
    const { owner, id } = found;
    return relay({ ...owner, path: "/api/pull", names: { id, name }, body: encode(id), streams }, route);
  }
  const candidate = await tryResolve(name, route);
  return progress(candidate === undefined ? encodePullFailed() : encodePulled(candidate.listed), streams);
}

export async function push(route: RouteRequest): Promise<Response> {
  const { name, streams, encode } = decodePush(await readJson(route));
  route.recorder.setModel(name);
  const found = await findManaging(name, route);
  if (found === undefined) return progress(encodePushRefused(name), streams);
  const { owner, id } = found;
  return relay({ ...owner, path: "/api/push", names: { id, name }, body: encode(id), streams }, route);
}

/** The provider is that of the new name, else that of the base model, else the only one that manages models. */
export async function create(route: RouteRequest): Promise<Response> {
  const { name, from, isEmpty, streams, encode } = decodeCreate(await readJson(route));
  route.recorder.setModel(name);
  if (isEmpty) return bareReply(NOTHING_TO_CREATE, 400);
  const { catalog } = route.services;
  const base = await findProvider(from, catalog);
  const named = await findProvider(name, catalog);
  const provider = named?.provider ?? base?.provider ?? onlyManagingProvider(route.services).provider;
  const owner = managing(provider);
  if (owner === undefined) throw cannotCreate(name, provider);
  if (base !== undefined && base.provider !== provider) throw differentProviders(from, name);
  const id = named?.id ?? name;
  const body = encode(id, base?.id);
  return relay({ ...owner, path: "/api/create", names: { id, name }, body, streams }, route);
}

/** The copy is made at the provider of the source. */
export async function copy(route: RouteRequest): Promise<Response> {
  const { source, destination, encode } = decodeCopy(await readJson(route));
  route.recorder.setModel(source);
  const { provider, listed } = await resolveOwn(source, route, {
    missing: () => new ProxyError("model-not-found", `model ${JSON.stringify(source)} not found`),
    invalid: (name) => invalidName("source", name),
  });
  const owner = requireManaging(provider, source);
  const named = await findProvider(destination, route.services.catalog);
  if (named !== undefined && named.provider !== provider) throw differentProviders(source, destination);
  const { id } = listed.model;
  const body = encode(id, named?.id ?? destination);
  await sendChange({ ...owner, path: "/api/copy", names: { id, name: source }, body }, route);
  return new Response(null);
}

export async function remove(route: RouteRequest): Promise<Response> {
  const { name, encode } = decodeDelete(await readJson(route));
  route.recorder.setModel(name);
  const { provider, listed } = await resolveOwn(name, route, { invalid: () => invalidName("name", name) });
  const owner = requireManaging(provider, name);
  const { id } = listed.model;
  await sendChange(
    { ...owner, path: "/api/delete", method: "DELETE", names: { id, name }, body: encode(id) },
    route,
  );
  return new Response(null);
}

export async function blob(route: RouteRequest): Promise<Response> {
  const { request, rest } = route;
  requireDigest(rest);
  const body = new BodyReader(route, route.limits.maxBlobBytes);
  const passedOn = { method: request.method, body: request.body === null ? null : streamOf(body) };
  const status = await relayBlob(passedOn, `/api/blobs/${rest}`, route).catch((error: unknown) => {
    body.cancel();
    // When the client's upload failed, that is the cause of the error, not the provider.
    throw body.failure ?? error;
  });
  if (status === 404) throw new ProxyError("model-not-found", `blob ${JSON.stringify(rest)} not found`);
  return new Response(null, { status });
}

type Change = Omit<ManagedRequest, "method" | "streams"> & Partial<Pick<ManagedRequest, "method">>;

async function sendChange(managed: Change, route: RouteRequest): Promise<void> {
  await manageModels({ method: "POST", ...managed, streams: false }, route);
}

async function relay(managed: Omit<ManagedRequest, "method">, route: RouteRequest): Promise<Response> {
  const reply = await manageModels({ ...managed, method: "POST" }, route);
  if (reply.type === "whole") return bareReply(reply.text);
  const { services } = route;
  return streamReply(reply.reply, { contentType: NDJSON_TYPE }, services.runtime, (end) => {
    // The change is complete only now.
    noteChange(managed.provider, services);
    route.onEnd(end);
  });
}

function progress({ stream, whole, status }: ProgressReply, streams: boolean): Response {
  return streams
    ? new Response(stream, { headers: { "content-type": NDJSON_TYPE } })
    : bareReply(whole, status);
}

async function findManaging(
  name: string,
  { services }: RouteRequest,
): Promise<{ readonly owner: ManagingProvider; readonly id: string } | undefined> {
  const found = await findProvider(name, services.catalog);
  const owner = found === undefined ? undefined : managing(found.provider);
  return found === undefined || owner === undefined ? undefined : { owner, id: found.id };
}

/** After these first words the `ollama` command asks for another name, and its session goes on. Any other error of `/save` ends it. */
function cannotCreate(name: string, provider: Provider): ProxyError {
  return new ProxyError(
    "bad-request",
    `invalid model name: '${name}' would be a model of "${provider.name}", which is a remote provider; only models of Ollama servers can be created`,
  );
}

/** Throws `bad-request` when clients may not change the provider's models. */
function requireManaging(provider: Provider, name: string): ManagingProvider {
  const owner = managing(provider);
  if (owner !== undefined) return owner;
  throw new ProxyError(
    "bad-request",
    `model '${name}' is hosted by a remote provider; its models can't be created, copied or deleted. ` +
      'To hide models, list the wanted ones under "models" in the configuration',
  );
}

function differentProviders(one: string, other: string): ProxyError {
  return new ProxyError("bad-request", `'${one}' and '${other}' belong to different providers`);
}

/** The provider and its model. Throws `bad-request` for an alias, which has no model of its own. */
async function resolveOwn(
  name: string,
  { services }: RouteRequest,
  errors: Parameters<typeof resolveModel>[2],
): Promise<Candidate> {
  const { candidates, alias } = await resolveModel(name, services.catalog, errors);
  if (alias === undefined) return candidates[0];
  throw new ProxyError(
    "bad-request",
    `'${name}' is an alias in the configuration of ollama-proxy; change it there, under "models"`,
  );
}

async function tryResolve(name: string, route: RouteRequest): Promise<ResolvedModel | undefined> {
  try {
    return await resolveModel(name, route.services.catalog);
  } catch (error) {
    if (error instanceof ProxyError && error.kind === "model-not-found") return undefined;
    throw error;
  }
}
