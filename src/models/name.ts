/** Names of models, `[scheme://][host/][namespace/]model[:tag]`, as the real server accepts them, with our tag in brackets in front. */

/** The first character is a letter, a digit or `_`. A namespace has no dot, and only a host has a colon. */
const MODEL = /^\w[\w.-]{0,79}$/;
const NAMESPACE = /^\w[\w-]{0,79}$/;
const HOST = /^\w[\w.:-]{0,349}$/;

/** What is wrong with a name; undefined when a provider could have it. Never throws. */
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

/** The full name that the real server writes in some errors. Clients match the rest of the sentence. */
export function qualifiedName(model: string): string {
  return `registry.ollama.ai/library/${model.includes(":") ? model : `${model}:latest`}`;
}
