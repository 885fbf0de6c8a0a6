/** The headers that carry an API key. */
import { unreachable } from "../../chat/event.ts";
import type { ProviderOptions } from "../../options/options.ts";

export function authHeaders(
  secret: string,
  { auth }: Pick<ProviderOptions, "auth">,
): { readonly [name: string]: string } {
  const bearer = { authorization: `Bearer ${secret}` };
  const key = { "x-api-key": secret };
  switch (auth) {
    case "bearer":
      return bearer;
    case "api-key":
      return { "api-key": secret };
    case "x-api-key":
      return key;
    case "anthropic":
      return { ...bearer, ...key };
    default:
      return unreachable(auth);
  }
}
