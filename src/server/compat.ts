/** Handlers under `/v1` that send nothing to a provider: model lists, and the token count of a request. */
import { countTokens } from "../apis/anthropic/client/request.ts";
import { encodeModel, encodeModels } from "../apis/openai/client/models.ts";
import { modelNotFound } from "../chat/error.ts";
import { resolveModel } from "../pipeline/resolve.ts";
import { stringAt } from "../wire/json.ts";
import { readCompatJson } from "./body.ts";
import { listText } from "./list-text.ts";
import { bareReply } from "./reply.ts";
import type { RouteRequest } from "./route.ts";

export async function messageTokens(route: RouteRequest): Promise<Response> {
  const { value } = await readCompatJson(route);
  const tokens = countTokens(value);
  route.recorder.set({ model: stringAt(value, "model") });
  return bareReply(JSON.stringify(tokens));
}

export async function models({ services }: RouteRequest): Promise<Response> {
  const { listed } = await services.catalog.current();
  return bareReply(modelsText(listed));
}

const modelsText = listText(encodeModels);

export async function model({ services, recorder, rest }: RouteRequest): Promise<Response> {
  recorder.set({ model: rest });
  const missing = rest.includes(":") ? rest : `${rest}:latest`;
  const { listed } = await resolveModel(rest, services.catalog, { missing: () => modelNotFound(missing) });
  return bareReply(JSON.stringify(encodeModel({ ...listed, name: rest })));
}
