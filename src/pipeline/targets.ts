/** In which order the models and keys of an alias are tried. */
import type { ChatRequest } from "../chat/request.ts";
import { unreachable } from "../chat/event.ts";
import type { Prices } from "../chat/prices.ts";
import type { AliasEntry } from "../models/aliases.ts";
import { findPrices } from "../models/prices.ts";
import { BoundedMap } from "../providers/bounded-map.ts";
import type { Place } from "../providers/health.ts";
import type { ProviderKey } from "../providers/keys.ts";
import type { CacheLimits } from "../providers/limits.ts";
import type { Provider } from "../providers/provider.ts";
import { Conversations } from "./conversations.ts";
import type { Candidate } from "./resolve.ts";

/** A candidate with one of the keys of its provider. */
export interface Target extends Candidate {
  readonly key: ProviderKey;
}

export function placeOf({ listed, key }: Target): Place {
  return { model: listed.model.id, key: key.id };
}

type Order = AliasEntry<Provider>["order"];

/** What is remembered between requests. Survives reloads. */
export class Routing {
  readonly #conversations: Conversations;
  /** The number of requests of each alias. */
  readonly #turns: BoundedMap<number>;

  constructor(limits: Pick<CacheLimits, "maxConversations">) {
    this.#conversations = new Conversations(limits);
    this.#turns = new BoundedMap({ maxEntries: limits.maxConversations });
  }

  /** The candidates in the order of the alias, each with all keys of its provider. `name` is that of the alias or model. */
  targetsOf<C extends Candidate>(
    candidates: readonly C[],
    name: string,
    order: Order = "listed",
  ): readonly (C & Target)[] {
    return this.#inOrder(candidates, name, order).flatMap((candidate) =>
      candidate.provider.keys.rotated().map((key) => ({ ...candidate, key })),
    );
  }

  /** A continued conversation begins with the target that answered it last. */
  stay<T extends Target>(targets: readonly T[], chat: ChatRequest): readonly T[] {
    const id = this.#conversations.find(chat);
    const last = id === undefined ? undefined : targets.find((target) => idOf(target) === id);
    return last === undefined ? targets : [last, ...targets.filter((target) => target !== last)];
  }

  answered(chat: ChatRequest, target: Target): void {
    this.#conversations.store(chat, idOf(target));
  }

  #inOrder<C extends Candidate>(candidates: readonly C[], name: string, order: Order): readonly C[] {
    switch (order) {
      case "listed":
        return candidates;
      case "round-robin": {
        const turn = this.#turns.get(name) ?? 0;
        this.#turns.set(name, turn + 1);
        const first = turn % candidates.length;
        return [...candidates.slice(first), ...candidates.slice(0, first)];
      }
      case "fastest":
        // A candidate that has not been measured is tried first.
        return sortedBy(
          candidates,
          ({ provider, listed }) => provider.state.health.firstByteMs(listed.model.id) ?? 0,
        );
      case "cheapest":
        return sortedBy(candidates, ({ provider, listed }) =>
          costOf(findPrices(listed.model, provider.address.host)?.prices),
        );
      default:
        return unreachable(order);
    }
  }
}

function idOf({ provider, listed, key }: Target): string {
  return JSON.stringify([provider.name, listed.model.id, key.id]);
}

/** Equal candidates keep their order. */
function sortedBy<C>(candidates: readonly C[], value: (candidate: C) => number): readonly C[] {
  return candidates
    .map((candidate) => ({ candidate, value: value(candidate) }))
    .toSorted((a, b) => a.value - b.value)
    .map(({ candidate }) => candidate);
}

/** Tokens of the input for each token of the output, in agents' requests without the cached part. */
const INPUT_SHARE = 3;

/** An unknown price is the highest. */
function costOf(prices: Prices | undefined): number {
  return prices === undefined ? Number.MAX_VALUE : prices.input * INPUT_SHARE + prices.output;
}
