/** The schema of a provider's `models:`, a list of names and patterns. */
import * as v from "valibot";
import { CAPABILITIES, type Capability } from "../chat/model.ts";
import type { Prices } from "../chat/prices.ts";
import { isMapping, mapping, requiredText } from "./fields.ts";

const PATTERN_EXPECTED = "Expected a model or a pattern after `!`, such as `!*-preview`";

const namedModel = v.pipe(
  requiredText,
  v.check((model) => model !== "!", PATTERN_EXPECTED),
  v.transform((model): ModelOutput => ({ name: model })),
);

const dollars = v.pipe(v.number("Expected a number of US dollars"), v.minValue(0, "Expected at least 0"));

const MILLION = 1_000_000;

/** US dollars for a million tokens. */
const price = v.pipe(
  mapping({ input: dollars, output: dollars }),
  v.transform(({ input, output }): Prices => ({ input: input / MILLION, output: output / MILLION })),
);

const detailedModel = v.pipe(
  mapping({
    name: v.pipe(
      requiredText,
      v.check(
        (model) => !model.startsWith("!"),
        "Expected a model or a pattern; an excluded model has no properties, write it as text: `- '!name'`",
      ),
    ),
    context_length: v.nullish(
      v.pipe(
        v.number("Expected a number of tokens"),
        v.integer("Expected a whole number"),
        v.minValue(1, "Expected at least 1"),
      ),
    ),
    price: v.nullish(price),
    capabilities: v.nullish(
      v.array(
        v.picklist(CAPABILITIES, `Expected one of ${CAPABILITIES.join(", ")}`),
        `Expected a list of capabilities: ${CAPABILITIES.join(", ")}`,
      ),
    ),
  }),
  v.transform((model): ModelOutput => ({
    name: model.name,
    contextLength: model.context_length ?? undefined,
    capabilities: model.capabilities ?? undefined,
    prices: model.price ?? undefined,
  })),
);

interface ModelOutput {
  readonly name: string;
  /** Tokens, input and output together. */
  readonly contextLength?: number | undefined;
  readonly capabilities?: readonly Capability[] | undefined;
  readonly prices?: Prices | undefined;
}

export const models = v.pipe(
  v.array(
    Object.assign(
      v.lazy((model) => (isMapping(model) ? detailedModel : namedModel)),
      // For the JSON schema that editors use.
      { options: [namedModel, detailedModel] },
    ),
    "Expected a list of model names and patterns, or null for all models of the provider",
  ),
  v.transform((list): readonly ModelOutput[] | undefined => (list.length === 0 ? undefined : list)),
);
