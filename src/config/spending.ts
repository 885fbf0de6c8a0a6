/** The schema of `limits:`, what requests may cost. */
import * as v from "valibot";
import { mapping, requiredText } from "./fields.ts";

const amount = (unit: string) =>
  v.pipe(v.number(`Expected a number of ${unit}`), v.gtValue(0, `Expected more than 0 ${unit}`));

const limit = v.pipe(
  mapping({
    provider: v.nullish(requiredText),
    model: v.nullish(requiredText),
    app: v.nullish(requiredText),
    key: v.nullish(requiredText),
    usd: v.nullish(amount("US dollars")),
    tokens: v.nullish(amount("tokens")),
    per: v.picklist(["day", "month"], "Expected day or month"),
  }),
  v.check(
    ({ usd, tokens }) => (usd ?? tokens ?? undefined) !== undefined,
    "Expected `usd` or `tokens`, such as {provider: openrouter, usd: 5, per: day}",
  ),
  v.transform((value) => ({
    provider: value.provider ?? undefined,
    model: value.model ?? undefined,
    app: value.app ?? undefined,
    key: value.key ?? undefined,
    usd: value.usd ?? undefined,
    tokens: value.tokens ?? undefined,
    per: value.per,
  })),
  v.readonly(),
);

export const spendingLimits = v.pipe(
  v.array(limit, "Expected a list of limits, such as [{provider: openrouter, usd: 5, per: day}]"),
  v.readonly(),
);
