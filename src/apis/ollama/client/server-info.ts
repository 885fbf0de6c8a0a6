/** What an Ollama server reports about itself and its account at ollama.com. */
import type { ListedModel } from "../../../chat/model.ts";

export function encodeVersion(version: string): string {
  return JSON.stringify({ version });
}

/** This proxy has no Ollama cloud. */
export const CLOUD_STATUS = '{"cloud":{"disabled":true,"source":"env"}}';

export const NO_RECOMMENDATIONS = '{"recommendations":[]}';

export const NOT_SIGNED_IN = '{"error":"you are not currently signed in"}';

export const UNAUTHORIZED = '{"error":"unauthorized","signin_url":"https://ollama.com/connect"}';

/** A placeholder, for clients that require an account. */
export const ACCOUNT =
  '{"id":"00000000-0000-4000-8000-000000000000","email":"","name":"ollama-proxy","plan":"free"}';

/**
 * Whether the name looks like a model of Ollama's cloud. The `ollama` command asks for an account before it
 * runs such a model.
 */
export function looksLikeCloudModel({ name }: ListedModel): boolean {
  return /:(?:cloud|[^/:]*-cloud)$/i.test(name);
}
