/** Handlers under `/v1`: model lists, and the token count of a request. */
import { COUNT_TOKENS, decodeCount } from "../apis/anthropic/client/endpoints.ts";
import { countTokens } from "../apis/anthropic/client/request.ts";
import { encodeModel, encodeModels } from "../apis/openai/client/models.ts";
import { type ErrorKind, ProxyError, modelNotFound } from "../chat/error.ts";
import { resolveModel } from "../pipeline/resolve.ts";
import { readCompatJson } from "./body.ts";
import { serveEndpoint } from "./endpoint.ts";
import { listText } from "./list-text.ts";
import { bareReply } from "./reply.ts";
import type { RouteRequest } from "./route.ts";

export async function messageTokens(route: RouteRequest): Promise<Response> {
  const body = await readCompatJson(route);
  try {
    return await serveEndpoint(COUNT_TOKENS, decodeCount(body), route);
  } catch (error) {
    if (!(error instanceof ProxyError && NOT_COUNTED.has(error.kind))) throw error;
    return bareReply(JSON.stringify(countTokens(body.value)));
  }
}

/** Errors of a model that is unknown, and of a provider that does not count tokens. An estimate is then the best answer. */
const NOT_COUNTED: ReadonlySet<ErrorKind> = new Set(["model-not-found", "upstream-no-path"]);

export async function models({ services }: RouteRequest): Promise<Response> {
  const { listed } = await services.catalog.current();
  return bareReply(modelsText(listed));
}

const modelsText = listText(encodeModels);

export async function model({ services, recorder, rest }: RouteRequest): Promise<Response> {
  recorder.setModel(rest);
  const missing = rest.includes(":") ? rest : `${rest}:latest`;
  const { listed } = await resolveModel(rest, services.catalog, { missing: () => modelNotFound(missing) });
  return bareReply(JSON.stringify(encodeModel({ ...listed, name: rest })));
}
