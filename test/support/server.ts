/** Runs the executable with one small provider, for all tests of a file. */
import { afterAll, beforeAll, expect } from "bun:test";
import { startHost } from "./host.ts";
import { Home, type Serving } from "./program.ts";
import type { Received, Upstream } from "./upstream.ts";

export interface Server {
  /** The address of the executable. */
  readonly url: string;
  /** The requests that the provider has received. */
  readonly received: readonly Received[];
}

/** `configure` makes the configuration from the URL of the provider. Must be called at the top of a file. */
export function useServer(configure: (hostUrl: string) => string): Server {
  const home = new Home();
  let host: Upstream | undefined;
  let serving: Serving | undefined;
  let url = "";
  beforeAll(async () => {
    host = startHost();
    home.write(configure(host.url));
    serving = home.serve();
    [url = ""] = await serving.urls();
  });
  afterAll(async () => {
    expect(await serving?.end("SIGTERM")).toBe(0);
    host?.[Symbol.dispose]();
    home.remove();
  });
  return {
    get url() {
      return url;
    },
    get received() {
      return host?.received ?? [];
    },
  };
}
