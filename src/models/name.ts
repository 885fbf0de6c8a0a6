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
  return isName(wanted.replace(SOURCE, "")) ? undefined : "invalid model name";
}

function isName(text: string): boolean {
  const path = text.replace(/^\w+:\/\//, "");
  const [, place = "", last = "", tag] = /^(.*\/)?([^/]*?)(?::([^/:]*))?$/.exec(path) ?? [];
  if (!MODEL.test(last) || (tag !== undefined && !MODEL.test(tag))) return false;
  const parts = place === "" ? [] : place.slice(0, -1).split("/");
  if (path !== text && parts.length < 2) return false;
  const namespace = parts.at(-1);
  const host = parts.slice(0, -1).join("/");
  return (namespace === undefined || NAMESPACE.test(namespace)) && (host === "" || HOST.test(host));
}

/** The parts that the real server adds to a name without them, and the source, which is here the same for every model. */
const DEFAULT_PLACE = /^(?:https?:\/\/)?(?:registry\.ollama\.ai\/)?library\//i;
const SOURCE = /:local$/i;

/** The shortest name of the same model: `registry.ollama.ai/library/m:1:local` is `m:1`. */
export function shortName(name: string): string {
  return name.trim().replace(SOURCE, "").replace(DEFAULT_PLACE, "");
}

/** A name as the real server shows it: short, and with a tag. */
export function canonicalName(name: string): string {
  const short = shortName(name);
  return short.includes(":") ? short : `${short}:latest`;
}

/** Whether two names are of one model: in any case, with or without `:latest`. */
export function isSameModel(one: string, other: string): boolean {
  return plainName(one) === plainName(other);
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/:latest$/, "");
}

/** The full name that the real server writes in some errors. Clients match the rest of the sentence. */
export function qualifiedName(model: string): string {
  return `registry.ollama.ai/library/${model.includes(":") ? model : `${model}:latest`}`;
}
