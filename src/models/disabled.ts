/** Providers that lack something, such as a variable. Their models are not listed, and a request for one gets the reason. */
import { ProxyError } from "../chat/error.ts";
import { isSameModel } from "./name.ts";

export interface DisabledSource {
  readonly name: string;
  /** The models that the configuration names. */
  readonly models: readonly string[];
  /** What is missing and how to fix it, as the end of a sentence. */
  readonly reason: string;
}

/** The error for a model of a disabled provider, named with or without its tag; undefined for any other name. */
export function explainDisabled(name: string, disabled: readonly DisabledSource[]): ProxyError | undefined {
  const wanted = name.trim().toLowerCase();
  const source = disabled.find(
    ({ name: tag, models }) =>
      wanted.startsWith(`[${tag.toLowerCase()}]-`) || models.some((model) => isSameModel(model, wanted)),
  );
  if (source === undefined) return undefined;
  const { name: provider, reason } = source;
  return new ProxyError("unauthorized", `[${provider}] The provider is disabled: ${reason}`, { provider });
}
