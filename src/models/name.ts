/** Names of models, `[scheme://][host/][namespace/]model[:tag]`, as the real server takes them; ours have a tag in brackets before. */

/** First a letter, a digit or `_`; a namespace has no dot, only a host has a colon. */
const MODEL = /^\w[\w.-]{0,79}$/;
const NAMESPACE = /^\w[\w-]{0,79}$/;
const HOST = /^\w[\w.:-]{0,349}$/;

/** What is wrong with a name that no provider has; undefined when a provider could have it. Never throws. */
export function findNameFault(name: string): string | undefined {
  const wanted = name.trim();
  if (wanted === "" || /^\[[^\]]+\]-./.test(wanted)) return undefined;
  if (/:(?:cloud|local):(?:cloud|local)$/i.test(wanted)) {
    return `use either :local or :cloud, not both: ${JSON.stringify(name)}`;
  }
  return isName(wanted) ? undefined : "invalid model name";
}

function isName(text: string): boolean {
  const path = text.replace(/^\w+:\/\//, "");
  const [, place = "", last = "", tag] = /^(.*\/)?([^/]*?)(?::([^/:]*))?$/.exec(path) ?? [];
  if (!MODEL.test(last) || (tag !== undefined && !MODEL.test(tag))) return false;
  const parts = place === "" ? [] : place.slice(0, -1).split("/");
  const namespace = parts.at(-1);
  const host = parts.slice(0, -1).join("/");
  return (namespace === undefined || NAMESPACE.test(namespace)) && (host === "" || HOST.test(host));
}

/** The full name that the real server gives in some errors; clients match on the rest of the sentence. */
export function qualifiedName(model: string): string {
  return `registry.ollama.ai/library/${model.includes(":") ? model : `${model}:latest`}`;
}
