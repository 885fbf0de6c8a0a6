/** Providers that say the user's secret back to whoever asked. */
import { sseData } from "../../../src/wire/sse.ts";
import { type Fault, SECRET, brokenOff, rawFault, http } from "./fault.ts";
import { isOllama } from "./reply.ts";

const FORMS = {
  plain: SECRET,
  base64: btoa(`user:${SECRET}`),
};

const STATUSES = ["401 No", "500 No", "403 No", "404 No", "422 No", "429 No", "400 No", "503 No"];

function echo(name: string, status: string, text: string, headers: readonly string[] = []): Fault {
  return rawFault(`secret-${name}`, "error", () =>
    http(text, { status, headers, contentType: "text/plain" }),
  );
}

export const SECRET_FAULTS: readonly Fault[] = Object.entries(FORMS).flatMap(([form, written]) => {
  const words = `Incorrect API key provided: ${written}`;
  const json = JSON.stringify({ error: { message: words, code: written, type: "invalid" } });
  return [
    ...(form === "plain" ? STATUSES : STATUSES.slice(0, 2)).flatMap((status) => {
      const name = `${form}-${status.slice(0, 3)}`;
      return [
        echo(`${name}-json`, status, json),
        echo(`${name}-plain`, status, `authorization: ${written}`),
        echo(`${name}-page`, status, `<html><title>${words}</title></html>`),
      ];
    }),
    echo(`${form}-200-json`, "200 OK", json),
    echo(`${form}-200-plain`, "200 OK", words),
    echo(`${form}-location`, "302 Found", "", [`location: http://127.0.0.1:1/?key=${written}`]),
    echo(`${form}-header`, "400 No", "{}", [`x-request-id: ${written}`, `x-ratelimit-key: ${written}`]),
    echo(`${form}-retry-after`, "429 No", "{}", [`retry-after: ${written}`]),
    brokenOff(`secret-${form}-in-the-middle`, (asked) =>
      isOllama(asked) ? `${JSON.stringify({ error: words })}\n` : sseData({ error: { message: words } }),
    ),
  ];
});

/** What must not be told. */
export const SECRET_FORMS: readonly string[] = Object.values(FORMS);
