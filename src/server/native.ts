/** Handlers of Ollama's own API, `/api`. */
import { ProxyError, modelNotFound } from "../chat/error.ts";
import type { ListedModel } from "../chat/model.ts";
import { Fields } from "../apis/shared/go-fields.ts";
import { encodePs, encodeTags } from "../apis/ollama/client/models.ts";
import { encodeSaid, encodeShow } from "../apis/ollama/client/show.ts";
import { answerEmbed, answerEmbeddings } from "../pipeline/embed.ts";
import { answerNative } from "../pipeline/native.ts";
import { findTarget } from "../pipeline/find-model.ts";
import { readJson } from "./body.ts";
import { NDJSON_TYPE, PROXY_HEADER, jsonReply, outcomeReply } from "./reply.ts";
import type { RouteRequest } from "./routes.ts";

export function root({ version: number }: RouteRequest): Response {
  return new Response("Ollama is running", {
    headers: { "content-type": "text/plain; charset=utf-8", [PROXY_HEADER]: number },
  });
}

export function version({ version: number }: RouteRequest): Response {
  return jsonReply(JSON.stringify({ version: number }));
}

/** There is no Ollama cloud behind us. */
export function status(): Response {
  return jsonReply('{"cloud":{"disabled":true,"source":"env"}}');
}

export async function tags({ request, gateway }: RouteRequest): Promise<Response> {
  const { entries } = await gateway.catalog.current();
  const listed = wantsTags(request) ? entries.map(withTag) : entries;
  return jsonReply(JSON.stringify(encodeTags(listed)));
}

export function ps({ request, gateway }: RouteRequest): Response {
  const named = wantsTags(request) ? withTag : (model: ListedModel) => model;
  const models = gateway.loaded.list().map(({ listed, expiresAtMs }) => ({
    ...named(listed),
    expiresAt: expiryTime(expiresAtMs, gateway.runtime.now()),
  }));
  return jsonReply(JSON.stringify(encodePs(models)));
}

export async function show(route: RouteRequest): Promise<Response> {
  const { gateway } = route;
  const fields = Fields.of("ShowRequest", (await readJson(route)).value);
  const name = nonEmpty(fields.string("model")) ?? nonEmpty(fields.string("name"));
  if (name === undefined) throw new ProxyError("bad-request", "model is required");
  // Of all routes, this one alone names the missing model with its tag.
  const missing = () => modelNotFound(tagged(name));
  const target = await findTarget(name, gateway.catalog, { missing });
  const { provider, listed } = target;
  const verbose = fields.boolean("verbose") === true;
  const said = provider.apiType === "ollama" ? await gateway.shows.find(target, verbose, route) : undefined;
  const configured = provider.models?.find((model) => model.name === listed.model.id);
  const shown = said === undefined ? encodeShow(listed) : encodeSaid(said, listed, configured);
  return jsonReply(JSON.stringify(shown));
}

export async function chat(route: RouteRequest): Promise<Response> {
  return outcomeReply(await answerNative("chat", await readJson(route), route), {
    contentType: NDJSON_TYPE,
    onEnd: route.onEnd,
  });
}

export async function generate(route: RouteRequest): Promise<Response> {
  return outcomeReply(await answerNative("generate", await readJson(route), route), {
    contentType: NDJSON_TYPE,
    onEnd: route.onEnd,
  });
}

export async function embed(route: RouteRequest): Promise<Response> {
  return jsonReply(await answerEmbed(await readJson(route), route));
}

export async function embeddings(route: RouteRequest): Promise<Response> {
  return jsonReply(await answerEmbeddings(await readJson(route), route));
}

/** Open WebUI adds `:latest` to ids without a colon and then insists on finding that id in the list. */
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

/** The real server says "forever" with a date some 290 years away. */
const FOREVER_MS = 292 * 365.25 * 86_400_000;

function expiryTime(expiresAtMs: number, now: number): string {
  return new Date(Math.min(expiresAtMs, now + FOREVER_MS)).toISOString();
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
