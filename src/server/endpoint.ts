/** The handler of an endpoint: reads the body, runs the pipeline, and creates the response. */
import type { ClientRequest, Endpoint, JsonBody } from "../apis/endpoint.ts";
import { serve } from "../pipeline/serve.ts";
import { JSON_TYPE } from "../wire/content-types.ts";
import type { BodySource } from "./body-reader.ts";
import { readForm } from "./body.ts";
import { PROVIDER_HEADER, headerValue, streamHeaders, streamReply } from "./reply.ts";
import type { Handler, RouteRequest } from "./route.ts";

/** `readJson` reads the body; its errors have the wording of the client API. */
export function handlerOf(endpoint: Endpoint, readJson: (source: BodySource) => Promise<JsonBody>): Handler {
  return async (route) => serveEndpoint(endpoint, await readRequest(endpoint, route, readJson), route);
}

/** Throws `ProxyError` before the first byte. */
export async function serveEndpoint(
  endpoint: Endpoint,
  request: ClientRequest,
  route: RouteRequest,
): Promise<Response> {
  const { reply, headers, provider } = await serve(endpoint, request, route);
  const response =
    reply.type === "stream"
      ? streamReply(reply.reply, endpoint.stream, route.services.runtime, route.onEnd)
      : reply.isStream === true
        ? new Response(reply.text, { headers: streamHeaders(endpoint.stream) })
        : wholeReply(reply.text, endpoint.wholeType ?? reply.contentType);
  for (const [name, value] of headers) response.headers.set(name, value);
  response.headers.set(PROVIDER_HEADER, headerValue(provider));
  return response;
}

async function readRequest(
  { input }: Endpoint,
  source: BodySource,
  readJson: (source: BodySource) => Promise<JsonBody>,
): Promise<ClientRequest> {
  return input.type === "form" ? input.decode(await readForm(source)) : input.decode(await readJson(source));
}

function wholeReply(text: string, contentType = JSON_TYPE): Response {
  return new Response(text, { headers: { "content-type": contentType } });
}
