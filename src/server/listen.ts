/** Sockets: both loopback addresses on one port, or the host that the configuration names. */
import { BODY_LIMITS } from "./limits.ts";
import { PROXY_HEADER } from "./reply.ts";
import type { HandleRequest } from "./handler.ts";

/** The message says what uses the port, and what the user can do about it. */
class PortTakenError extends Error {
  override readonly name = "PortTakenError";
  readonly port: number;

  constructor(port: number, message: string) {
    super(message);
    this.port = port;
  }
}

export interface Listener {
  readonly host: string | undefined;
  readonly port: number;
  readonly certificate: Certificate | undefined;
  readonly urls: readonly string[];
  /** Accepts no new connections and closes idle ones. Resolves when the open replies have ended. */
  drain(): Promise<void>;
  /** Closes everything at once. */
  close(): Promise<void>;
}

/** Certificate and private key in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface ListenOptions {
  /** Undefined: 127.0.0.1 and ::1. */
  readonly host: string | undefined;
  /** 0 selects a free port. */
  readonly port: number;
  /** Undefined: http. */
  readonly certificate: Certificate | undefined;
  /** Idle timeout of connections. It is disabled while a reply is made. */
  readonly idleTimeoutSeconds: number;
  readonly handle: HandleRequest;
}

interface Address extends Omit<ListenOptions, "host"> {
  readonly host: string;
}

/** Throws `PortTakenError`, or an `Error` worded for users. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host, port, certificate } = options;
  const first = await bind({ ...options, host: host ?? "127.0.0.1" });
  const servers = [first];
  // Without IPv6, or when another program has the port on ::1, only 127.0.0.1 is used.
  if (host === undefined) {
    const second = tryBind({ ...options, host: "::1", port: first.port ?? port });
    if (!(second instanceof Error)) servers.push(second);
  }
  const scheme = certificate === undefined ? "http" : "https";
  return {
    host,
    port: first.port ?? port,
    certificate,
    urls: servers.map((server) => `${scheme}://${urlHost(server.hostname ?? "localhost")}:${server.port}`),
    drain: async () => {
      await Promise.all(servers.map((server) => server.stop(false)));
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.stop(true)));
    },
  };
}

type Server = Bun.Server<undefined>;

async function bind(address: Address): Promise<Server> {
  const { host, port } = address;
  const server = tryBind(address);
  if (!(server instanceof Error)) return server;
  const code = "code" in server ? String(server.code) : "";
  if (code === "EADDRINUSE") throw new PortTakenError(port, await explainTaken(host, port));
  throw new Error(`Cannot listen on ${host}:${port}: ${REASONS[code] ?? server.message}`, { cause: server });
}

const REASONS: { readonly [code: string]: string } = {
  EACCES: "permission denied; choose a port above 1023",
  EADDRNOTAVAIL: "this machine does not have this address; check `host`",
  ENXIO: "this machine does not have this address; check `host`",
};

function tryBind({ host, port, certificate, handle, idleTimeoutSeconds }: Address): Server | Error {
  try {
    return Bun.serve({
      hostname: host,
      port,
      development: false,
      // With `development: false`, Bun 1.4.5 would share the port with other programs.
      reusePort: false,
      ...(certificate === undefined ? {} : { tls: certificate }),
      idleTimeout: idleTimeoutSeconds,
      maxRequestBodySize: BODY_LIMITS.maxBlobBytes,
      fetch: (request, server) =>
        handle(request, {
          disableIdleTimeout: () => server.timeout(request, 0),
          // The timeout of a request applies to its connection. Without this a kept-alive connection would never be closed.
          restoreIdleTimeout: () => server.timeout(request, idleTimeoutSeconds),
        }),
      error: () =>
        Response.json({ error: "Internal error of ollama-proxy; see its log for details" }, { status: 500 }),
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function explainTaken(host: string, port: number): Promise<string> {
  const what = await identify(host, port);
  const solutions = [
    ...SOLUTIONS[what],
    "set another port for ollama-proxy, with `port:` in its configuration or with --port",
  ];
  const lines = [
    `Cannot listen on ${host}:${port}: ${WHO[what]}. Choose one of these solutions:`,
    ...solutions.map((solution) => `  - ${solution}`),
  ];
  return lines.join("\n");
}

const WHO = {
  "ollama-proxy": "another ollama-proxy is already running there",
  "real-ollama": "Ollama is already running there",
  other: "another program uses this port",
} as const;

const SOLUTIONS = {
  "ollama-proxy": [
    "use the ollama-proxy that is running; nothing needs to be done",
    "stop it, then start ollama-proxy again",
  ],
  "real-ollama": [
    "stop Ollama (quit its tray icon, or run: systemctl stop ollama), then start ollama-proxy again",
    "start Ollama on another port (OLLAMA_HOST=127.0.0.1:11435) and add it as a provider with `api_type: Ollama` and `url: http://127.0.0.1:11435`",
  ],
  other: ["stop that program, then start ollama-proxy again"],
} as const satisfies Record<keyof typeof WHO, readonly string[]>;

/** Which program listens there. */
export async function identify(host: string, port: number): Promise<keyof typeof WHO> {
  const address = `${urlHost(host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host)}:${port}/`;
  for (const scheme of ["http", "https"]) {
    try {
      const response = await fetch(`${scheme}://${address}`, {
        signal: AbortSignal.timeout(1000),
        proxy: false,
        // The request contains nothing secret, and only the program's name is read from the response.
        tls: { rejectUnauthorized: false },
      });
      if (response.headers.has(PROXY_HEADER)) return "ollama-proxy";
      return (await response.text()).startsWith("Ollama is running") ? "real-ollama" : "other";
    } catch {
      // The program does not use this scheme.
    }
  }
  return "other";
}

function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
