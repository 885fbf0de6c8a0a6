/** Requests to the program. */

/** The answer of an action. Throws an `Error` whose message is for users. */
export async function ask(path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(`api/${path}`, init);
  if (response.status === 403) throw new Error("The session has ended; run `ollama-proxy ui` again");
  const body: unknown = await response.json();
  if (response.ok) return body;
  throw new Error(isFailure(body) ? body.error : `ollama-proxy answered with status ${response.status}`);
}

export function tell(path: string, body: object): Promise<unknown> {
  return ask(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

function isFailure(body: unknown): body is { readonly error: string } {
  return typeof body === "object" && body !== null && "error" in body && typeof body.error === "string";
}
