/**
 * Handlers for the management of models. What concerns a provider that is an Ollama server is relayed to it; other providers own
 * their models, and what cannot be done to those is refused in words.
 */
import { ProxyError, modelNotFound } from "../chat/error.ts";
import { Fields } from "../dialects/ollama/field.ts";
import { PULL_NOT_FOUND, encodePullFailed, encodePulled } from "../dialects/ollama/progress.ts";
import { manageRemote } from "../gateway/manage.ts";
import { type Target, findProvider, findTarget } from "../gateway/models.ts";
import { readJson } from "./body.ts";
import { NDJSON_TYPE, jsonReply, outcomeReply } from "./reply.ts";
import type { RouteRequest } from "./routes.ts";

export async function pull(route: RouteRequest): Promise<Response> {
  const body = await readJson(route.request);
  const fields = Fields.of("PullRequest", body.value);
  const name = nameIn(fields);
  if (name === "") throw new ProxyError("bad-request", "invalid model name");
  const remote = await findProvider(name, route.gateway.catalog);
  const streams = fields.boolean("stream") ?? true;
  if (remote?.provider.apiType === "ollama") {
    const outcome = await manageRemote(
      { ...remote, path: "/api/pull", method: "POST", body, streams },
      route,
    );
    return outcomeReply(outcome, { contentType: NDJSON_TYPE, onEnd: route.onEnd });
  }
  const target = await targetOf(name, route);
  if (streams) return progress(target === undefined ? encodePullFailed() : encodePulled(target.listed));
  return target === undefined
    ? jsonReply(JSON.stringify({ error: PULL_NOT_FOUND }), 500)
    : jsonReply('{"status":"success"}');
}

export async function push(route: RouteRequest): Promise<Response> {
  const fields = Fields.of("PushRequest", (await readJson(route.request)).value);
  const name = nameIn(fields);
  if (name === "") throw new ProxyError("bad-request", "model is required");
  const error = `model '${name}' is served by a remote provider and cannot be pushed`;
  if (fields.boolean("stream") === false) throw new ProxyError("bad-request", error);
  return progress([{ status: "retrieving manifest" }, { error }]);
}

export async function create(route: RouteRequest): Promise<Response> {
  const fields = Fields.of("CreateRequest", (await readJson(route.request)).value);
  if (nameIn(fields) === "") throw new ProxyError("bad-request", "invalid model name");
  if ((fields.string("from") ?? "") === "" && fields.unknown("files") === undefined) {
    throw new ProxyError("bad-request", "neither 'from' or 'files' was specified");
  }
  throw new ProxyError(
    "bad-request",
    "ollama-proxy keeps no models of its own, so none can be created; name models in its configuration instead",
  );
}

export async function copy(route: RouteRequest): Promise<Response> {
  const fields = Fields.of("CopyRequest", (await readJson(route.request)).value);
  for (const key of ["source", "destination"]) {
    const name = fields.string(key) ?? "";
    if (name === "") throw new ProxyError("bad-request", `${key} "${name}" is invalid`);
  }
  const source = fields.string("source") ?? "";
  await findTarget(
    source,
    route.gateway.catalog,
    (name) => new ProxyError("model-not-found", `model ${JSON.stringify(name)} not found`),
  );
  throw new ProxyError(
    "bad-request",
    `model '${source}' is served by a remote provider and cannot be copied; name it twice under "models" instead`,
  );
}

export async function remove(route: RouteRequest): Promise<Response> {
  const body = await readJson(route.request);
  const name = nameIn(Fields.of("DeleteRequest", body.value));
  if (name === "") throw new ProxyError("bad-request", "model is required");
  const { provider, listed } = await findTarget(name, route.gateway.catalog, modelNotFound);
  if (provider.apiType === "ollama") {
    const remote = { provider, id: listed.model.id, name };
    await manageRemote({ ...remote, path: "/api/delete", method: "DELETE", body, streams: false }, route);
    return new Response(null);
  }
  throw new ProxyError(
    "bad-request",
    `model '${name}' is served by a remote provider and cannot be deleted; leave it out under "models" instead`,
  );
}

const DIGEST = /^sha256[:-][0-9a-fA-F]{64}$/;

export function findBlob({ rest }: RouteRequest): Response {
  if (!DIGEST.test(rest)) throw new ProxyError("bad-request", "invalid digest format");
  throw new ProxyError("model-not-found", `blob ${JSON.stringify(rest)} not found`);
}

export function storeBlob({ rest }: RouteRequest): Response {
  if (!DIGEST.test(rest)) throw new ProxyError("bad-request", "invalid digest format");
  throw new ProxyError(
    "bad-request",
    "ollama-proxy keeps no models of its own, so there is no place for blobs",
  );
}

/** Older clients say `name`. */
function nameIn(fields: Fields): string {
  return (fields.string("model") || fields.string("name")) ?? "";
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
