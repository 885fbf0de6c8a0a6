/** https for clients, and changes of the listener while it runs. */
import { afterAll, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestApp, post, testConfig, testProvider } from "../support/app.ts";
import { createAuthority } from "../support/certificate.ts";
import { Home } from "../support/program.ts";
import { rejection } from "../support/rejection.ts";
import { startUpstream } from "../support/upstream.ts";
import { fixedRuntime } from "../support/runtime.ts";

const first = createAuthority();
const second = createAuthority();
const folder = mkdtempSync(join(tmpdir(), "tls-"));
afterAll(() => {
  first[Symbol.dispose]();
  second[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

function save({ tls }: typeof first): { readonly certFile: string; readonly keyFile: string } {
  const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  writeFileSync(files.certFile, tls.cert);
  writeFileSync(files.keyFile, tls.key);
  return files;
}

function trust(authority: typeof first): BunFetchRequestInit {
  return { tls: { ca: readFileSync(authority.file, "utf8") }, keepalive: false };
}

test("a certificate makes it https, for streams too", async () => {
  using upstream = startUpstream(
    () =>
      new Response(
        'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
      ),
  );
  const provider = testProvider(`${upstream.url}/v1`);
  await using app = await startTestApp([provider], fixedRuntime(), { config: { tls: save(first) } });
  expect(app.app.urls).toEqual([
    expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^https:\/\/\[::1\]:\d+$/),
  ]);
  const url = app.url.replace("127.0.0.1", "localhost");
  const body = { model: "m", messages: [{ role: "user", content: "hi" }] };
  const text = await (await post(`${url}/api/chat`, body, trust(first))).text();
  expect(text).toContain('"content":"Hi"');
  expect(text).toContain('"done":true');
});

test("a reload takes up another certificate on the same port, and keeps the old one when that is broken", async () => {
  const provider = testProvider("http://127.0.0.1:1");
  const files = save(first);
  await using app = await startTestApp([provider], fixedRuntime(), { config: { tls: files } });
  const url = `${app.url.replace("127.0.0.1", "localhost")}/api/version`;
  expect((await fetch(url, trust(first))).status).toBe(200);

  writeFileSync(files.keyFile, second.tls.key);
  const { message } = await rejection(app.app.reload(testConfig([provider], { tls: files })));
  expect(message).toBe(
    `Cannot use the file "${files.keyFile}": it does not match the certificate in \`cert_file\``,
  );
  expect((await fetch(url, trust(first))).status).toBe(200);

  save(second);
  await app.app.reload(testConfig([provider], { tls: files }));
  expect((await fetch(url, trust(second))).status).toBe(200);
  expect((await rejection(fetch(url, trust(first)))).message).toContain("certificate");

  await app.app.reload(testConfig([provider]));
  expect((await fetch(url.replace("https:", "http:"))).status).toBe(200);
});

test("the program serves https, names it in the log, and takes up files that were renewed", async () => {
  const home = new Home();
  const files = save(first);
  const paths = { cert: join(home.directory, "c.pem"), key: join(home.directory, "k.pem") };
  copyFileSync(files.certFile, paths.cert);
  copyFileSync(files.keyFile, paths.key);
  home.write(
    "tls: {cert_file: ~/c.pem, key_file: k.pem}\nproviders: [{name: a, url: http://127.0.0.1:1, models: [x]}]\n",
  );
  const serving = home.serve();
  try {
    const [url = ""] = await serving.urls();
    expect(url).toStartWith("https://127.0.0.1:");
    const address = `${url.replace("127.0.0.1", "localhost")}/api/version`;
    expect((await fetch(address, trust(first))).status).toBe(200);
    writeFileSync(paths.cert, second.tls.cert);
    writeFileSync(paths.key, second.tls.key);
    await serving.logged("Using the changed configuration");
    expect((await fetch(address, trust(second))).status).toBe(200);
  } finally {
    await serving.end("SIGKILL");
    home.remove();
  }
});

const NO_KEY = "it contains no private key in PEM format without a passphrase";

test.each([
  ["cert_file: key.pem, key_file: key.pem", "18", "key.pem", "it contains no certificate in PEM format"],
  ["cert_file: cert.pem, key_file: cert.pem", "38", "cert.pem", NO_KEY],
  ["cert_file: cert.pem, key_file: locked.pem", "38", "locked.pem", NO_KEY],
  [
    "cert_file: cert.pem, key_file: other.pem",
    "38",
    "other.pem",
    "it does not match the certificate in `cert_file`",
  ],
  ["cert_file: cert.pem, key_file: none.pem", "38", "none.pem", "it does not exist"],
])("the program rejects a configuration with tls: {%s}", async (tls, column, file, reason) => {
  const home = new Home();
  writeFileSync(join(home.directory, "cert.pem"), first.tls.cert);
  writeFileSync(join(home.directory, "key.pem"), first.tls.key);
  writeFileSync(join(home.directory, "other.pem"), second.tls.key);
  const locked = Bun.spawnSync(["openssl", "pkcs8", "-topk8", "-passout", "pass:abcd"], {
    stdin: Buffer.from(first.tls.key),
  });
  writeFileSync(join(home.directory, "locked.pem"), locked.stdout);
  home.write(`tls: {${tls}}\n`);
  try {
    const { exitCode, stderr } = await home.run("check");
    expect(stderr).toStartWith(
      `Cannot use the configuration: 1 problem\n\n${home.config}:1:${column}: Cannot use the file "${join(home.directory, file)}": ${reason}\n`,
    );
    expect(exitCode).toBe(78);
  } finally {
    home.remove();
  }
});
