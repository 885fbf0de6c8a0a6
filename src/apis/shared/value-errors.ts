/**
 * Tells errors about the value of a field from errors about a field that the provider does not know. Only the latter say
 * something about other requests.
 *
 *     invalid temperature: must be between 0 and 2
 *     Unsupported value: 'reasoning_effort' does not support 'xhigh' with this model. Supported values are: 'low' and 'high'.
 *     output_config.effort: Input should be 'low', 'medium' or 'high'
 *     Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.
 */

const VALUE =
  /unsupported[_ ]value|(?:supported|allowed|valid) values|invalid (?:value|temperature)|only supports? \[|must be (?:one of|between|in |less|greater|at )|should be (?:one of|between|in |less|greater|a valid|['"`])|out of range|expected one of/i;

/** The provider accepts one value only, which it uses without the field too. */
const ONE_VALUE =
  /only the default|only 1 is allowed|does not support any other|supported values? (?:is|are):? ['"`]?\w+['"`]?(?:[.}]|$)/i;

/** Whether the provider knows the field and rejects only this value. `text` is the error. */
export function isAboutValue(text: string): boolean {
  return VALUE.test(text) && !ONE_VALUE.test(text);
}
