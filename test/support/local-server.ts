/** A server on one of the usual ports of local servers, for tests of what is found there. */
import { LOCAL_SERVERS } from "../../src/options/local-servers.ts";

export interface LocalServerOnPort extends Disposable {
  readonly name: string;
  readonly title: string;
  readonly url: string;
}

/** Uses the first port that is free. */
export function startLocalServer(): LocalServerOnPort {
  for (const { name, title, port, apiType } of LOCAL_SERVERS) {
    if (apiType !== undefined) continue;
    try {
      const server = Bun.serve({
        hostname: "127.0.0.1",
        port,
        fetch: (request) =>
          new URL(request.url).pathname === "/v1/models"
            ? Response.json({ object: "list", data: [{ id: "local-model", object: "model" }] })
            : new Response("not found", { status: 404 }),
      });
      return {
        name,
        title,
        url: `http://127.0.0.1:${port}`,
        [Symbol.dispose]: () => void server.stop(true),
      };
    } catch {
      // Another program uses the port.
    }
  }
  throw new Error("Every usual port of a local server is in use");
}
