/** Redirects of a provider. They are followed only on the provider's own server, because the request carries its API key. */
import { ProxyError } from "../chat/error.ts";
import type { Runtime } from "../runtime.ts";

/** Redirects to follow for one call. */
export const MAX_REDIRECTS = 3;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fetches, and follows up to `mostRedirects` redirects on the server of `url`. */
export async function fetchFollowing(
  fetch: Runtime["fetch"],
  mostRedirects: number,
  url: string,
  init: Parameters<Runtime["fetch"]>[1],
): Promise<Response> {
  let response = await fetch(url, init);
  let at = url;
  for (let left = mostRedirects; left > 0; left -= 1) {
    const target = redirectTarget(response, at);
    if (target === undefined) break;
    void response.body?.cancel();
    at = target;
    response = await fetch(at, init);
  }
  return response;
}

/** The target of a redirect on the server of `url`; undefined for any other answer, and for a redirect that leads away from it. */
function redirectTarget({ status, headers }: Response, url: string): string | undefined {
  const location = headers.get("location");
  if (!REDIRECTS.has(status) || location === null || !URL.canParse(location, url)) return undefined;
  const target = new URL(location, url);
  // The origin includes the scheme: a redirect from https to http would send the key in plain text.
  const staysHere = target.origin === new URL(url).origin && target.username === "" && target.password === "";
  return staysHere ? target.href : undefined;
}

/** The error for a redirect that is not followed. Reads nothing but its target. `url` is the redirected request, which ends in `path`. */
export function redirectError(response: Response, url: string, path: string): ProxyError {
  void response.body?.cancel();
  const location = response.headers.get("location") ?? "nowhere";
  const target = URL.canParse(location, url) ? new URL(location, url) : undefined;
  const leadsToApi = target !== undefined && path !== "" && target.pathname.endsWith(path);
  const advice = leadsToApi
    ? `set its "url" to "${target.origin}${target.pathname.slice(0, -path.length)}", because redirects are not followed`
    : 'check its "url" and its key, because this is not an address of the API';
  return new ProxyError("upstream-invalid", `The provider redirects to "${location}"; ${advice}`);
}
