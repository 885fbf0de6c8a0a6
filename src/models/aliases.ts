/** Aliases: names of the configuration for models of one or more providers. */
import type { RequestDefaults } from "../chat/defaults.ts";
import { CAPABILITIES, type DescribedModel, type ListedModel } from "../chat/model.ts";

/** In which order the candidates are tried. */
type Order = "listed" | "fastest" | "cheapest" | "round-robin";

/** An alias of the configuration. */
export interface Alias {
  readonly name: string;
  readonly order: Order;
  readonly candidates: readonly {
    /** The name of the provider. */
    readonly provider: string;
    /** The provider's name of the model. */
    readonly model: string;
    readonly defaults: RequestDefaults | undefined;
  }[];
  /** Tokens. Undefined: the smallest window of the candidates. */
  readonly contextLength: number | undefined;
}

/** An alias with what is known of its models. It is listed with what all of them can do. */
export interface AliasEntry<S> extends ListedModel {
  readonly order: Order;
  /** At least one. */
  readonly candidates: readonly [AliasCandidate<S>, ...AliasCandidate<S>[]];
}

export interface AliasCandidate<S> {
  readonly source: S;
  /** Under the name of the alias. */
  readonly listed: ListedModel;
  readonly defaults: RequestDefaults | undefined;
}

/** What all models can do. Models that have nothing in common are described like the first one. */
export function commonModel(
  name: string,
  [first, ...others]: readonly [DescribedModel, ...DescribedModel[]],
  contextLength: number | undefined,
): DescribedModel {
  const models = [first, ...others];
  const shared = CAPABILITIES.filter((capability) =>
    models.every(({ capabilities }) => capabilities.includes(capability)),
  );
  const outputs = models.flatMap(({ outputLength }) => outputLength ?? []);
  return {
    id: name,
    contextLength: contextLength ?? Math.min(...models.map((model) => model.contextLength)),
    outputLength: outputs.length === 0 ? undefined : Math.min(...outputs),
    capabilities:
      shared.length === 0 ? first.capabilities : first.capabilities.filter((one) => shared.includes(one)),
    isWindowGuess: contextLength === undefined && models.some(({ isWindowGuess }) => isWindowGuess),
    isGuess: models.some(({ isGuess }) => isGuess),
    contextSource: contextLength === undefined ? first.contextSource : "configuration",
    capabilitySource: first.capabilitySource,
  };
}

/** Without thinking for a model that cannot think: only an explicit request for it is an error. */
export function suitable(
  defaults: RequestDefaults,
  { capabilities, isGuess }: DescribedModel,
): RequestDefaults {
  return isGuess || capabilities.includes("thinking") ? defaults : { ...defaults, reasoning: undefined };
}
