/** Redirects of a provider. They are followed only on the provider's own server, because the request carries its API key. */
import { ProxyError } from "../chat/error.ts";

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The target of a redirect on the server of `url`; undefined for any other answer, and for a redirect that leads away from it. */
export function redirectTarget({ status, headers }: Response, url: string): string | undefined {
  const location = headers.get("location");
  if (!REDIRECTS.has(status) || location === null || !URL.canParse(location, url)) return undefined;
  const target = new URL(location, url);
  // The origin includes the scheme: a redirect from https to http would send the key in plain text.
  const staysHere = target.origin === new URL(url).origin && target.username === "" && target.password === "";
  return staysHere ? target.href : undefined;
}

/** The error for a redirect that is not followed. Reads nothing but its target. */
export function redirectError(response: Response): ProxyError {
  void response.body?.cancel();
  const target = response.headers.get("location") ?? "nowhere";
  return new ProxyError(
    "upstream-invalid",
    `The provider redirects to "${target}"; set its "url" to the final address, because redirects are not followed`,
  );
}
