/** The programs that are measured, and the provider that all of them ask. Everything listens on loopback on free ports. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection, encodeRequest } from "./client.ts";
import { family } from "./system.ts";

export interface Program {
  readonly port: number;
  /** Its processes; empty when they are not known. */
  readonly pids: () => readonly number[];
  readonly stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 10_000;

/** The folder of all files of this run. */
export const FOLDER = mkdtempSync(join(tmpdir(), "ollama-proxy-bench-"));

/** Below the ports of outgoing connections: a connection attempt to one of those may connect to itself. */
const PORTS = { first: 20_000, count: 10_000 } as const;

export function freePort(): number {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } }).stop(true);
      return port;
    } catch {
      // Another program uses the port.
    }
  }
}

interface StartOptions {
  /** Is requested until the program answers. */
  readonly path?: string;
  readonly environment?: { readonly [name: string]: string };
}

const running = new Set<Program>();

/** Starts a program, and waits for its first response. What it writes goes to a file. */
export async function start(
  command: readonly string[],
  port: number,
  { path = "/", environment = {} }: StartOptions = {},
): Promise<Program> {
  const output = openSync(join(FOLDER, `${port}.log`), "a");
  const child = Bun.spawn([...command], {
    stdout: output,
    stderr: output,
    env: { ...process.env, HOME: FOLDER, DO_NOT_TRACK: "1", ...environment },
  });
  closeSync(output);
  const program: Program = {
    port,
    pids: () => family(child.pid),
    stop: async () => {
      running.delete(program);
      child.kill();
      await child.exited;
    },
  };
  running.add(program);
  await firstAnswer(port, path);
  return program;
}

/** Stops every program, and removes the folder. */
export async function cleanUp(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop()));
  rmSync(FOLDER, { recursive: true });
}

async function firstAnswer(port: number, path: string): Promise<void> {
  const request = encodeRequest(path, undefined);
  const limitMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < limitMs) {
    try {
      const connection = await Connection.open(port);
      await connection.request(request);
      connection.close();
      return;
    } catch {
      // The program does not listen yet.
      await Bun.sleep(0.5);
    }
  }
  throw new Error(`Nothing answers on port ${port}; see the files in ${FOLDER}`);
}

const own = (file: string): string => join(import.meta.dir, file);

export function startProvider(port = freePort()): Promise<Program> {
  return start([process.execPath, own("provider.ts"), String(port)], port);
}

export function startFloor(provider: number): Promise<Program> {
  const port = freePort();
  const command = [process.execPath, own("floor.ts"), String(port), `http://127.0.0.1:${provider}`];
  // The proxy sets the same variable for itself.
  return start(command, port, { environment: { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" } });
}

const NGINX = Bun.which("nginx", { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` });

export function hasNginx(): boolean {
  return NGINX !== null;
}

export function startNginx(provider: number): Promise<Program> {
  const port = freePort();
  const file = join(FOLDER, `nginx-${port}.conf`);
  writeFileSync(file, nginxConfig(port, provider));
  return start([NGINX ?? "nginx", "-c", file, "-e", join(FOLDER, "nginx.log")], port);
}

/** It passes requests through, with one worker and without buffering. */
function nginxConfig(port: number, provider: number): string {
  const user = process.getuid?.() === 0 ? "user root;" : "";
  return `${user} daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid ${FOLDER}/nginx-${port}.pid;
events { worker_connections 16384; }
http {
  access_log ${FOLDER}/nginx-access.log;
  client_body_temp_path ${FOLDER}/nginx-body; proxy_temp_path ${FOLDER}/nginx-proxy; fastcgi_temp_path ${FOLDER}/nginx-f;
  uwsgi_temp_path ${FOLDER}/nginx-u; scgi_temp_path ${FOLDER}/nginx-s;
  upstream provider { server 127.0.0.1:${provider}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }
  }
}
`;
}

/** The configuration names its models, so that no list is requested. */
export function startProxy(
  executable: string,
  provider: number,
  models: readonly string[],
): Promise<Program> {
  const port = freePort();
  return start(
    [executable, "--config", writeConfig(port, [openAi(provider, models), ollama(provider, models)])],
    port,
  );
}

/** Writes a configuration with these providers, and returns its path. */
export function writeConfig(port: number, providers: readonly string[]): string {
  const file = join(FOLDER, `${port}.yaml`);
  writeFileSync(file, `port: ${port}\nproviders:\n${providers.join("")}`, { mode: 0o600 });
  return file;
}

export function openAi(provider: number, models: readonly string[]): string {
  const url = `http://127.0.0.1:${provider}/v1`;
  return `- { name: p, url: "${url}", secret: sk-0123456789abcdefghij, models: [${models.join(", ")}], api_type: Openai }\n`;
}

function ollama(provider: number, models: readonly string[]): string {
  return `- { name: o, url: "http://127.0.0.1:${provider}", models: [${models.join(", ")}], api_type: Ollama }\n`;
}
