/**
 * Handlers for the management of models. What concerns a provider that is an Ollama server is relayed to it; other providers own
 * their models, and what cannot be done to those is refused in words.
 */
import { ProxyError, modelNotFound } from "../chat/error.ts";
import { Fields } from "../apis/shared/go-fields.ts";
import { findNameFault } from "../apis/ollama/client/name.ts";
import { PULL_NOT_FOUND, encodePullFailed, encodePulled } from "../apis/ollama/client/progress.ts";
import { type ManagedRequest, manageRemote, noteChange, relayBlob, theOllama } from "../pipeline/manage.ts";
import { type NamedProvider, type Target, findProvider, findTarget } from "../pipeline/find-model.ts";
import type { JsonBody } from "../apis/ollama/relay.ts";
import { BodyReader, streamOf } from "./body-reader.ts";
import { readJson } from "./body.ts";
import { NDJSON_TYPE, bareReply, outcomeReply } from "./reply.ts";
import type { RouteRequest } from "./routes.ts";

export async function pull(route: RouteRequest): Promise<Response> {
  const { body, name, streams } = await readProgressRequest("PullRequest", route);
  if (name === "") throw new ProxyError("bad-request", "invalid model name");
  const remote = await findOllama(name, route);
  if (remote !== undefined) return relay("/api/pull", { ...remote, body, streams }, route);
  const target = await targetOf(name, route);
  if (streams) return progress(target === undefined ? encodePullFailed() : encodePulled(target.listed));
  return target === undefined
    ? bareReply(JSON.stringify({ error: PULL_NOT_FOUND }), 500)
    : bareReply('{"status":"success"}');
}

export async function push(route: RouteRequest): Promise<Response> {
  const { body, name, streams } = await readProgressRequest("PushRequest", route);
  if (name === "") throw new ProxyError("bad-request", "model is required");
  const remote = await findOllama(name, route);
  if (remote !== undefined) return relay("/api/push", { ...remote, body, streams }, route);
  const error = `model '${name}' is served by a remote provider and cannot be pushed`;
  if (!streams) return bareReply(JSON.stringify({ error }), 500);
  return progress([{ status: "retrieving manifest" }, { status: "couldn't retrieve manifest" }, { error }]);
}

/** On the server that the new name or the one it is made from belongs to, or on the only one there is. */
export async function create(route: RouteRequest): Promise<Response> {
  const { body, fields, name, streams } = await readProgressRequest("CreateRequest", route);
  const fault = findNameFault(name);
  if (name === "" || fault !== undefined) throw new ProxyError("bad-request", fault ?? "invalid model name");
  const from = fields.string("from") ?? "";
  if (from === "" && fields.unknown("files") === undefined) {
    return bareReply(`{"error":"neither 'from' or 'files' was specified"}`, 400);
  }
  const base = await findProvider(from, route.gateway.catalog);
  const place = (await findProvider(name, route.gateway.catalog)) ?? base;
  const provider = place?.provider ?? theOllama(route);
  mustKeepModels(provider.apiType, name);
  if (base !== undefined && base.provider !== provider) {
    throw new ProxyError("bad-request", `'${from}' and '${name}' are of different providers`);
  }
  const id = place?.name === name ? place.id : name;
  const renamed = { model: id, name: id, ...(base === undefined ? {} : { from: base.id }) };
  return relay("/api/create", { provider, name, renamed, body, streams }, route);
}

/** The copy stays on the server of its source. */
export async function copy(route: RouteRequest): Promise<Response> {
  const body = await readJson(route);
  const fields = Fields.of("CopyRequest", body.value);
  const [source, destination] = [fields.string("source") ?? "", fields.string("destination") ?? ""];
  if (source === "") throw new ProxyError("bad-request", invalid("source", source));
  if (destination === "" || findNameFault(destination) !== undefined) {
    throw new ProxyError("bad-request", invalid("destination", destination));
  }
  const { provider, listed } = await findTarget(source, route.gateway.catalog, {
    missing: (name) => new ProxyError("model-not-found", `model ${JSON.stringify(name)} not found`),
    invalid: (name) => invalid("source", name),
  });
  mustKeepModels(provider.apiType, source);
  const place = await findProvider(destination, route.gateway.catalog);
  if (place !== undefined && place.provider !== provider) {
    throw new ProxyError("bad-request", `'${source}' and '${destination}' are of different providers`);
  }
  const renamed = { source: listed.model.id, destination: place?.id ?? destination };
  await manageRemote(
    { provider, name: source, path: "/api/copy", method: "POST", body, renamed, streams: false },
    route,
  );
  return new Response(null);
}

export async function remove(route: RouteRequest): Promise<Response> {
  const body = await readJson(route);
  const name = nameIn(Fields.of("DeleteRequest", body.value));
  if (name === "") throw new ProxyError("bad-request", "model is required");
  const { provider, listed } = await findTarget(name, route.gateway.catalog, {
    missing: modelNotFound,
    invalid: () => invalid("name", name),
  });
  mustKeepModels(provider.apiType, name);
  const renamed = { model: listed.model.id, name: listed.model.id };
  await manageRemote(
    { provider, name, path: "/api/delete", method: "DELETE", body, renamed, streams: false },
    route,
  );
  return new Response(null);
}

const DIGEST = /^sha256[:-][0-9a-fA-F]{64}$/;

export async function blob(route: RouteRequest): Promise<Response> {
  const { request, rest } = route;
  if (!DIGEST.test(rest)) throw new ProxyError("bad-request", "invalid digest format");
  const body = new BodyReader(route, route.limits.maxBlobBytes);
  const passedOn = { method: request.method, body: request.body === null ? null : streamOf(body) };
  const status = await relayBlob(passedOn, `/api/blobs/${rest}`, route).catch((error: unknown) => {
    body.cancel();
    // What ended the upload is the client's doing, not the provider's.
    throw body.failure ?? error;
  });
  if (status === 404) throw new ProxyError("model-not-found", `blob ${JSON.stringify(rest)} not found`);
  return new Response(null, { status });
}

interface ProgressRequest {
  readonly body: JsonBody;
  readonly fields: Fields;
  readonly name: string;
  readonly streams: boolean;
}

async function readProgressRequest(struct: string, route: RouteRequest): Promise<ProgressRequest> {
  const body = await readJson(route);
  const fields = Fields.of(struct, body.value);
  return { body, fields, name: nameIn(fields), streams: fields.boolean("stream") ?? true };
}

function invalid(key: string, name: string): string {
  return `${key} ${JSON.stringify(name)} is invalid`;
}

/** Older clients say `name`. */
function nameIn(fields: Fields): string {
  return (fields.string("model") || fields.string("name")) ?? "";
}

async function findOllama(
  name: string,
  { gateway }: RouteRequest,
): Promise<Pick<ManagedRequest, "provider" | "name" | "renamed"> | undefined> {
  const found: NamedProvider | undefined = await findProvider(name, gateway.catalog);
  if (found?.provider.apiType !== "ollama") return undefined;
  return { provider: found.provider, name, renamed: { model: found.id, name: found.id } };
}

async function relay(
  path: string,
  managed: Omit<ManagedRequest, "path" | "method">,
  route: RouteRequest,
): Promise<Response> {
  const outcome = await manageRemote({ ...managed, path, method: "POST" }, route);
  const onEnd = (problem?: string): void => {
    // Only now is the change complete.
    noteChange(managed.provider, route);
    route.onEnd(problem);
  };
  return outcomeReply(outcome, { contentType: NDJSON_TYPE, onEnd, whole: bareReply });
}

/** Throws `bad-request` when the provider's models are not for its users to change. */
function mustKeepModels(apiType: string, name: string): void {
  if (apiType === "ollama") return;
  throw new ProxyError(
    "bad-request",
    `model '${name}' belongs to a remote provider, which lets nobody create, copy or delete models; ` +
      'say under "models" in the configuration which of them are shown',
  );
}

async function targetOf(name: string, route: RouteRequest): Promise<Target | undefined> {
  try {
    return await findTarget(name, route.gateway.catalog);
  } catch (error) {
    if (error instanceof ProxyError && error.kind === "model-not-found") return undefined;
    throw error;
  }
}

function progress(lines: readonly object[]): Response {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  return new Response(text, { headers: { "content-type": NDJSON_TYPE } });
}
