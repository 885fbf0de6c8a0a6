/** Company networks: a private certificate authority, and a forward proxy. */
import { expect, test } from "bun:test";
import { connect } from "node:net";
import { post } from "../support/app.ts";
import { type Authority, createAuthority } from "../support/certificate.ts";
import { Home } from "../support/program.ts";

const REPLY = { choices: [{ message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }] };
const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }], stream: false };

/** The reply of the executable with a configuration and an environment. */
async function ask(config: string, environment: { readonly [name: string]: string } = {}): Promise<string> {
  using home = new Home();
  home.write(`providers:\n- name: p\n  models: [m]\n${config}`);
  await using serving = home.serve(environment);
  const response = await post(`${await serving.url()}/api/chat`, ASK);
  return await response.text();
}

function startHost(authority: Authority) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: authority.tls,
    fetch: () => Response.json(REPLY),
  });
}

test("a provider with a private authority needs ca_file or NODE_EXTRA_CA_CERTS", async () => {
  using authority = createAuthority();
  using host = startHost(authority);
  const config = `  url: https://localhost:${host.port}/v1\n`;
  expect(await ask(config)).toContain("its certificate is not trusted");
  expect(await ask(`${config}  ca_file: ${authority.file}\n`)).toContain('"content":"Hello"');
  expect(await ask(config, { NODE_EXTRA_CA_CERTS: authority.file })).toContain('"content":"Hello"');
});

/** A forward proxy that lets every tunnel through to one port, and records their targets. */
function startForwardProxy(port: number) {
  const tunnels: string[] = [];
  const ends = new WeakMap<object, ReturnType<typeof connect>>();
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        const end = ends.get(socket);
        if (end !== undefined) {
          end.write(bytes);
          return;
        }
        tunnels.push(bytes.toString().split("\r\n")[0] ?? "");
        const upstream = connect(port, "127.0.0.1", () =>
          socket.write("HTTP/1.1 200 Connection established\r\n\r\n"),
        );
        upstream.on("data", (data) => void socket.write(data));
        upstream.on("close", () => socket.end());
        ends.set(socket, upstream);
      },
      close(socket) {
        ends.get(socket)?.destroy();
      },
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, tunnels, [Symbol.dispose]: () => server.stop(true) };
}

test("HTTPS_PROXY leads to remote hosts, NO_PROXY and this machine are reached directly", async () => {
  using authority = createAuthority();
  using host = startHost(authority);
  using proxy = startForwardProxy(host.port ?? 0);
  const environment = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url };
  const local = `  url: https://localhost:${host.port}/v1\n  ca_file: ${authority.file}\n`;
  expect(await ask(local, environment)).toContain('"content":"Hello"');
  expect(proxy.tunnels).toEqual([]);
  // The tunnel ends at a host whose name is not on the certificate: that it was asked for is what counts.
  expect(await ask("  url: https://api.example.com/v1\n", environment)).toContain(
    "certificate is not trusted",
  );
  expect(proxy.tunnels).toEqual(["CONNECT api.example.com:443 HTTP/1.1"]);
});
