/** Relays: the provider serves the same route as the client API, so request and reply pass almost unchanged. */
import type { ClientRequest, Endpoint, Relay, RelayContext } from "../apis/endpoint.ts";
import type { RequestDefaults } from "../chat/defaults.ts";
import { hasDefaults } from "../chat/defaults.ts";
import type { ProviderOptions } from "../options/options.ts";
import type { Exchange } from "../providers/exchange.ts";
import { JSON_TYPE } from "../wire/content-types.ts";
import type { Plan } from "./attempt.ts";
import { maxTokensOf } from "./checks.ts";
import type { Reply } from "./reply.ts";
import { readStream, readWhole } from "./read-reply.ts";
import { type Candidate, currentOptions } from "./resolve.ts";

export interface RelayRoute {
  readonly relay: Relay;
  /** The path at the provider, relative to its base path. */
  readonly path: string;
}

/** A candidate, and its route when it gets the request relayed. */
export interface RoutedCandidate extends Candidate {
  readonly route: RelayRoute | undefined;
}

/** The route of the provider that serves the endpoint; undefined when the provider does not serve it, or not this request. */
export function relayRoute(
  { relay }: Endpoint,
  request: ClientRequest,
  candidate: Candidate,
): RelayRoute | undefined {
  const path = relay?.paths[candidate.provider.apiName];
  if (relay === undefined || path === undefined) return undefined;
  const { api, state } = candidate.provider;
  if (state.missingRoutes.has(path)) return undefined;
  // The API of the server itself carries them.
  const losesDefaults = relay.carriesDefaults !== true && hasDefaults(candidate.defaults);
  if (api.hasOptionalRoutes === true && losesDefaults) return undefined;
  const isServed = relay.isServed?.(currentOptions(candidate), request) ?? true;
  return isServed ? { relay, path } : undefined;
}

export function relayPlan(
  { relay, path }: RelayRoute,
  request: ClientRequest,
  candidate: Candidate,
  context: RelayContext,
): Plan<Reply> {
  const { listed } = candidate;
  const headers = forwarded(context.clientHeaders, relay.requestHeaders);
  return {
    mode: "relay",
    passesHeaders: relay.passesHeaders === true,
    decodeError: relay.decodeError,
    encode: (options) => {
      const encoded = request.encodeRelay?.(listed.model.id, options, relayDefaults(candidate, options));
      if (encoded === undefined) throw new Error("The endpoint has a relay, and its request no body for it");
      return {
        path,
        headers,
        accept: encoded.type === "form" ? "*/*" : request.stream ? relay.acceptStream : JSON_TYPE,
        body: encoded,
        droppedParams: encoded.type === "json" ? encoded.droppedParams : [],
        read: (exchange) =>
          request.stream
            ? readStream(exchange, relay.createTranslator(request, options, context))
            : readWhole(exchange, (text, isCut) =>
                wholeReply({ text, isCut }, exchange, { relay, request, options, context }),
              ),
      };
    },
  };
}

function forwarded(sent: Headers, names: readonly string[] = []): { readonly [name: string]: string } {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = sent.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** The defaults of the alias, with a token limit if the provider requires one. */
function relayDefaults(
  { listed, defaults }: Candidate,
  { requiresMaxTokens }: ProviderOptions,
): RequestDefaults | undefined {
  if (!requiresMaxTokens || defaults?.sampling.maxTokens !== undefined) return defaults;
  const { sampling, options = {}, ...others } = defaults ?? {};
  return { ...others, options, sampling: { ...sampling, maxTokens: maxTokensOf(listed.model) } };
}

interface WholeRelay {
  readonly relay: Relay;
  readonly request: ClientRequest;
  readonly options: ProviderOptions;
  readonly context: RelayContext;
}

function wholeReply(
  { text, isCut }: { readonly text: string; readonly isCut: boolean },
  { headers, provider }: Exchange,
  { relay, request, options, context }: WholeRelay,
): Reply {
  const sent = headers.get("content-type");
  const contentType = sent === null ? undefined : provider.masker.text(sent);
  return {
    type: "whole",
    text: relay.readReply({ text, contentType, isCut }, request, options, context),
    contentType,
  };
}
