/** Relays requests that change a provider's models, under the provider's own names of the models. */
import type { ManagementCodec } from "../apis/upstream-api.ts";
import { ProxyError } from "../chat/error.ts";
import { type Call, send } from "../providers/client.ts";
import type { Exchange } from "../providers/exchange.ts";
import type { Provider } from "../providers/provider.ts";
import { JSON_TYPE, NDJSON_TYPE } from "../wire/content-types.ts";
import { type ModelNames, errorOf, named } from "./errors.ts";
import type { Reply } from "./reply.ts";
import type { RequestContext, Services } from "./services.ts";
import { StreamedReply } from "./streamed-reply.ts";

/** A provider whose models clients may change. */
export interface ManagingProvider {
  readonly provider: Provider;
  readonly management: ManagementCodec;
}

/** Undefined when clients may not change the provider's models. */
export function managing(provider: Provider): ManagingProvider | undefined {
  const { management } = provider.api;
  return management === undefined ? undefined : { provider, management };
}

export interface ManagedRequest extends ManagingProvider {
  readonly names: ModelNames;
  readonly path: string;
  readonly method: "POST" | "DELETE";
  /** JSON text, under the provider's own names of the models. */
  readonly body: string;
  /** Whether the client wants progress lines. */
  readonly streams: boolean;
}

/** Throws `ProxyError`. The request is never sent twice, because the first one may have had its effect. */
export async function manageModels(managed: ManagedRequest, context: RequestContext): Promise<Reply> {
  const { provider, management, names, path, method, body, streams } = managed;
  const accept = streams ? NDJSON_TYPE : JSON_TYPE;
  const exchange = await sendOnce(provider, { method, path, body, accept }, context);
  if (!exchange.ok) throw await errorOf(exchange, management.decodeError, names);
  noteChange(provider, context.services);
  if (!streams) {
    const text = await exchange.text();
    if (!management.isDone(text)) throw named(management.decodeError(200, text), provider, names);
    return { type: "whole", text: provider.masker.text(text) };
  }
  const translator = management.createTranslator(names.name);
  // No model speaks here, so every secret is masked, whatever its length.
  const reply = await StreamedReply.open(exchange, translator, provider.masker.text);
  return { type: "stream", reply };
}

/** Drops what is cached of the provider's models, so that the next request sees the change. */
export function noteChange(provider: Provider, { catalog }: Services): void {
  catalog.expire(provider);
  provider.state.shows.clear();
}

/** Uploads a file, or asks whether the provider has it. Returns the provider's status. Throws `ProxyError`. */
export async function relayBlob(
  request: Pick<Request, "method" | "body">,
  path: string,
  context: RequestContext,
): Promise<number> {
  const isHead = request.method === "HEAD";
  const method = isHead ? "HEAD" : "POST";
  if (isHead && managingProviders(context.services).length !== 1) return 404;
  const { provider, management } = onlyManagingProvider(context.services);
  const body = isHead ? undefined : (request.body ?? "");
  const exchange = await sendOnce(provider, { method, path, body, accept: JSON_TYPE }, context);
  if (!exchange.ok && !isHead) {
    throw await errorOf(exchange, management.decodeError, { id: "", name: "" });
  }
  exchange.cancel();
  return exchange.status;
}

/** The provider of a request that names none. Throws `bad-request` when there is not exactly one. */
export function onlyManagingProvider(services: Services): ManagingProvider {
  const [first, ...others] = managingProviders(services);
  if (first !== undefined && others.length === 0) return first;
  throw new ProxyError(
    "bad-request",
    first === undefined
      ? 'ollama-proxy does not store models, and no provider is an Ollama server; list models under "models" in the configuration instead'
      : "Several providers are Ollama servers; choose one with a name such as " +
          `'[${first.provider.name}]-my-model', or send the request to that server directly`,
  );
}

function managingProviders({ providers }: Services): readonly ManagingProvider[] {
  return providers.map(managing).filter((provider) => provider !== undefined);
}

/** A download takes hours. Checking or quantizing a model takes longer than a chat. */
const TIMEOUT_MS = 24 * 3_600_000;

async function sendOnce(
  provider: Provider,
  call: Pick<Call, "method" | "path" | "body" | "accept">,
  { recorder, services, signal }: RequestContext,
): Promise<Exchange> {
  recorder.set({ provider: provider.name, mode: "relay" });
  const limited = { ...call, signal, headTimeoutMs: TIMEOUT_MS, needsNewConnection: true };
  const exchange = await send(provider, limited, services.runtime);
  exchange.setIdleTimeout(TIMEOUT_MS);
  return exchange;
}
