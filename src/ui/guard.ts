/**
 * The checks of every request for the page, and the headers of every response to it. Web pages of other origins, names that were
 * made to lead here (DNS rebinding) and frames get nothing.
 */

/** Everything comes from this program. No inline script or style runs. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS: { readonly [name: string]: string } = {
  "content-security-policy": POLICY,
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

export function guarded(response: Response): Response {
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  return response;
}

/**
 * Whether the request comes from the page itself, or from somebody who opened it. A request that changes something must come from
 * the page itself.
 */
export function isOwnRequest(request: Request): boolean {
  const host = request.headers.get("host") ?? "";
  if (!isLocalHost(host)) return false;
  const origin = request.headers.get("origin");
  const isOwnOrigin = origin === `http://${host}` || origin === `https://${host}`;
  if (origin !== null && !isOwnOrigin) return false;
  const site = request.headers.get("sec-fetch-site");
  if (request.method !== "GET" && request.method !== "HEAD")
    return isOwnOrigin && (site ?? "same-origin") === "same-origin";
  // A link on another page may lead here, but only as a page of its own.
  const isNavigation =
    request.headers.get("sec-fetch-mode") === "navigate" &&
    request.headers.get("sec-fetch-dest") === "document";
  return site === null || site === "same-origin" || site === "none" || isNavigation;
}

/** A name that leads only to this machine. */
function isLocalHost(host: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host);
}
