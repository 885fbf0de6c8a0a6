/** Lists of models as JSON text, made once per list. Apps request them every few seconds, and thousands of models take long to write. */
import type { ListedModel } from "../chat/model.ts";

type Models = readonly ListedModel[];

/** `encode` gives the value for a list. The catalog has a new list when its models change. */
export function listText(encode: (models: Models) => object): (models: Models) => string {
  const texts = new WeakMap<Models, string>();
  return (models) => {
    const known = texts.get(models);
    if (known !== undefined) return known;
    const text = JSON.stringify(encode(models));
    texts.set(models, text);
    return text;
  };
}
