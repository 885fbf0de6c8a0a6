/** `ollama-proxy doctor` names the cause and the fix of broken set-ups. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthority } from "../support/certificate.ts";
import { startKeyedHost } from "../support/keyed-host.ts";
import { findFreePort, Home, namesAt } from "../support/program.ts";
import { startUpstream } from "../support/upstream.ts";

const KEY = "right-key-12345";

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

interface Finding {
  readonly state: string;
  readonly check: string;
  readonly text: string;
  readonly fix?: string;
}

async function diagnose(...args: readonly string[]): Promise<{
  readonly exitCode: number;
  readonly findings: readonly Finding[];
}> {
  const { exitCode, stdout, stderr } = await home.run("doctor", "--json", ...args);
  expect(stderr).toBe("");
  const { sections }: { readonly sections: readonly { readonly findings: readonly Finding[] }[] } =
    JSON.parse(stdout);
  return { exitCode, findings: sections.flatMap(({ findings }) => findings) };
}

async function problems(): Promise<readonly string[]> {
  const { exitCode, findings } = await diagnose();
  const failures = findings.filter(({ state }) => state === "failed");
  expect(exitCode).toBe(failures.length === 0 ? 0 : 1);
  // Every failure has a fix.
  for (const { fix } of failures) expect(fix).toBeString();
  return failures.map(({ check, text, fix }) => `${check}: ${text} => ${fix}`);
}

/** The problem that nothing runs, which all these set-ups have. */
function notRunning(port: number): string {
  return `port: no program listens on port ${port} => ollama-proxy, or: ollama-proxy service install`;
}

test("without a configuration", async () => {
  const [first] = await problems();
  expect(first).toBe("file: it does not exist => ollama-proxy add, or: ollama-proxy init");
});

test("an invalid configuration is shown with its line, and the port is examined all the same", async () => {
  home.write("providers:\n- name: a\n    url: https://a.example\n");
  const [first = ""] = await problems();
  expect(first).toContain("Expected 2 spaces before this key, as before `name:` in line 2; got 4 spaces");
  expect(first).toEndWith(`=> ollama-proxy config edit (${home.config}:3)`);
});

test("a configuration without a provider", async () => {
  home.write("port: 1\n");
  expect(await problems()).toEqual([
    "file: it is valid, but it has no provider => ollama-proxy add",
    notRunning(1),
  ]);
});

test("a file that others can read, and a key file that others can read", async () => {
  const keyFile = join(home.directory, "key");
  writeFileSync(keyFile, KEY);
  using host = startKeyedHost({ key: KEY, models: ["m"] });
  home.write(
    `port: 1\nproviders:\n- {name: a, url: "${host.url}", secret_file: key}\n- {name: b, url: "${host.url}", secret: ${KEY}}\n`,
  );
  chmodSync(home.config, 0o644);
  chmodSync(keyFile, 0o604);
  const [access, keys] = [home.config, keyFile].map(
    (file) =>
      `Other users of this machine can read or change "${file}", which contains a secret => chmod 600 "${file}"`,
  );
  expect(await problems()).toEqual([`access: ${access}`, `key file: ${keys}`, notRunning(1)]);
});

test("the program that owns the port is named with its process", async () => {
  using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("mine") });
  using host = startKeyedHost({ key: undefined, models: ["m"] });
  home.write(`port: ${taken.port}\nproviders: [{name: a, url: "${host.url}"}]\n`);
  const [problem = ""] = await problems();
  expect(problem).toStartWith(`port: port ${taken.port} belongs to "`);
  expect(problem).toContain(` (process ${process.pid})`);
  expect(problem).toEndWith(`=> kill ${process.pid}, or set another \`port\` in ${home.config}:1`);
});

test("a real Ollama on the port is recognized", async () => {
  using taken = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("Ollama is running"),
  });
  using host = startKeyedHost({ key: undefined, models: ["m"] });
  home.write(`port: ${taken.port}\nproviders: [{name: a, url: "${host.url}"}]\n`);
  const [problem = ""] = await problems();
  expect(problem).toStartWith(`port: port ${taken.port} belongs to a real Ollama: "`);
  expect(problem).toContain("=> stop it (sudo systemctl stop ollama");
});

test("everything is right: exit code 0, the running program, the key, and the apps that called", async () => {
  using host = startKeyedHost({ key: KEY, models: ["m"] });
  await using running = await home.serveAt(
    (port) => `port: ${port}\nproviders: [{name: a, url: "${host.url}", secret: ${KEY}}]\n`,
  );
  const { url } = running;
  await namesAt(url);
  const { exitCode, findings } = await diagnose();
  const { stdout } = await home.run("doctor");
  expect(await running.serving.end("SIGTERM")).toBe(0);
  expect(exitCode).toBe(0);
  expect(findings.map(({ state, check, text }) => `${state} ${check}: ${text}`)).toEqual([
    "ok file: it is valid and has 1 provider",
    `ok access: other users cannot read ${home.config}`,
    expect.stringMatching(/^ok port: ollama-proxy \S+ listens at http:\S+: ".*" \(process \d+\) of /),
    expect.stringContaining(`ok configuration: it reads ${home.config}, since `),
    expect.stringMatching(/^info service: /),
    expect.stringMatching(/^ok address: 127\.0\.0\.1 is 127\.0\.0\.1 \(\d+ ms\)$/),
    expect.stringMatching(/^ok connection: port \d+ is open \(\d+ ms\)$/),
    "ok models: 1 model",
    expect.stringMatching(/^ok key: accepted; "m" sent its first token after \d+ ms$/),
    expect.stringMatching(/^ok requests: Bun\/\S+: 1 request, the last at /),
  ]);
  expect(stdout).toEndWith("\n\nNo problem was found\n");
});

test("a program that reads another file", async () => {
  using host = startKeyedHost({ key: undefined, models: ["m"] });
  await using running = await home.serveAt(
    (port) => `port: ${port}\nproviders: [{name: a, url: "${host.url}"}]\n`,
  );
  const other = join(home.directory, "other.yaml");
  writeFileSync(other, readFileSync(home.config), { mode: 0o600 });
  const { exitCode, findings } = await diagnose("--config", other);
  await running.serving.end("SIGTERM");
  expect(exitCode).toBe(1);
  expect(findings).toContainEqual({
    state: "failed",
    check: "configuration",
    text: `it reads ${home.config}, not ${other}`,
    fix: `edit ${home.config}, or run: ollama-proxy doctor --config ${home.config}`,
  });
});

test("a variable that this shell has and the running program lacks", async () => {
  using host = startKeyedHost({ key: KEY, models: ["m"] });
  await using running = await home.serveAt(
    (port) => `port: ${port}\nproviders:\n- name: a\n  url: ${host.url}\n  secret: \${K}\n`,
  );
  const { exitCode, stdout } = await home.runWith({ K: KEY }, "doctor");
  await running.serving.end("SIGTERM");
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    `the running program cannot use "a", although this shell can: the environment variable K is not set;`,
  );
  expect(stdout).toContain(`Fix: do that, or replace \`secret\` by \`secret_file\` in ${home.config}:5\n`);
});

test("a wrong key is found although the model list is public", async () => {
  using host = startKeyedHost({ key: KEY, models: ["m"], isListPublic: true });
  home.write(`port: 1\nproviders:\n- name: a\n  url: ${host.url}\n  secret: wrong-key-12345\n`);
  expect(await problems()).toEqual([
    notRunning(1),
    `key: Incorrect API key provided => change the key in ${home.config}:5`,
  ]);
});

test("a configured model that the provider does not offer is named with the nearest one", async () => {
  using host = startUpstream(({ path, text }) => {
    if (path.endsWith("/models")) return Response.json({ object: "list", data: [{ id: "qwen3-max" }] });
    const message = "The model `qwen3-mxa` does not exist";
    if (text.includes("qwen3-mxa")) return Response.json({ error: { message } }, { status: 404 });
    return new Response(
      'data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    );
  });
  home.write(`port: 1\nproviders:\n- name: a\n  url: ${host.url}\n  models:\n  - qwen3-max\n  - qwen3-mxa\n`);
  expect(await problems()).toEqual([
    notRunning(1),
    `model: the provider does not offer "qwen3-mxa" => write \`qwen3-max\` in ${home.config}:7`,
  ]);
});

test("the network: a closed port, an unknown name, another proxy, a variable that is not set", async () => {
  const port = await findFreePort();
  home.write(`port: 1
providers:
- name: closed
  url: http://127.0.0.1:${port}
- name: nowhere
  url: https://nowhere.invalid/v1
- name: lame
  url: https://lame.example
  secret: \${NOPE}
`);
  const found = await problems();
  expect(found).toEqual([
    notRunning(1),
    `connection: cannot connect to 127.0.0.1 port ${port}: no program listens there => check \`url\` in ${home.config}:4, and the network connection`,
    expect.stringMatching(
      /^address: the name nowhere\.invalid was not found \(\w+\) => check `url` in .*:6, and/,
    ),
    expect.stringMatching(
      /^settings: disabled: the environment variable NOPE is not set; .*`secret` in .*:9$/,
    ),
  ]);
});

test("certificates: unknown issuer, and a server without TLS", async () => {
  using authority = createAuthority();
  using tls = Bun.serve({ hostname: "127.0.0.1", port: 0, tls: authority.tls, fetch: () => new Response() });
  using plain = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  home.write(`port: 1
providers:
- name: private
  url: https://localhost:${tls.port}
- name: plain
  url: https://localhost:${plain.port}
`);
  expect(await problems()).toEqual([
    notRunning(1),
    expect.stringMatching(
      /^TLS: the certificate was issued by ".+", which is not trusted => add `ca_file: FILE` with .* below .*:4$/,
    ),
    expect.stringMatching(
      /^TLS: the server does not use TLS as expected \(.*\) => check whether `url` in .*:6 must begin with http:\/\/$/,
    ),
  ]);
});

test.if(process.platform === "linux")("a service that failed, and whose program is gone", async () => {
  const bin = join(home.directory, "bin");
  mkdirSync(bin);
  const properties = [
    "LoadState=loaded",
    "ActiveState=failed",
    "UnitFileState=disabled",
    "FragmentPath=/etc/systemd/system/ollama-proxy@.service",
    "ExecStart={ path=/none/ollama-proxy ; argv[]=/none/ollama-proxy serve }",
    "Result=exit-code",
  ];
  const script = `#!/bin/sh\ncase "$*" in *--user*) echo LoadState=not-found ;; *) printf '%s\\n' ${properties.map((line) => `'${line}'`).join(" ")} ;; esac\n`;
  writeFileSync(join(bin, "systemctl"), script, { mode: 0o755 });
  home.write("port: 1\n");
  const { stdout } = await home.runWith({ PATH: `${bin}:${process.env["PATH"] ?? ""}` }, "doctor");
  const user = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();
  const unit = `ollama-proxy@${user}`;
  expect(stdout).toContain(`
  failed   service  the system service ${unit} is failed (exit-code). Fix: sudo systemctl restart ${unit}; its log: ollama-proxy service logs
  warning  service  it does not start at boot. Fix: sudo systemctl enable ${unit}
  failed   unit     its program /none/ollama-proxy does not exist. Fix: ollama-proxy service install
`);
});

test("--probe reports what a model can do", async () => {
  using host = startUpstream(({ path, text }) => {
    if (path.endsWith("/models")) return Response.json({ object: "list", data: [{ id: "m" }] });
    const delta = text.includes('"tools"')
      ? {
          tool_calls: [
            { index: 0, id: "c", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
          ],
        }
      : text.includes("image_url")
        ? { content: "Red" }
        : text.includes("json_schema")
          ? { content: '{"number": 7}' }
          : { content: "one ", reasoning_content: "hm" };
    const pieces = [delta, text.includes('"tools"') ? {} : { content: " " }].map((piece) =>
      JSON.stringify({ choices: [{ index: 0, delta: piece, finish_reason: null }] }),
    );
    const end = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    return new Response([...pieces, end, "[DONE]"].map((line) => `data: ${line}\n\n`).join(""));
  });
  home.write(
    `port: 1\nproviders: [{name: a, url: "${host.url}", models: [{name: m, capabilities: [completion, tools, vision, thinking]}]}]\n`,
  );
  const { findings } = await diagnose("--probe");
  expect(findings.slice(-6, -1).map(({ state, check }) => `${check} ${state}`)).toEqual([
    "streaming ok",
    "tools ok",
    "vision ok",
    "thinking ok",
    "structured output ok",
  ]);
});

test("--report contains the findings and the configuration, and no secret", async () => {
  home.write(`port: 1\nproviders: [{name: a, url: "http://127.0.0.1:9", secret: ${KEY}}]\n`);
  const { exitCode, stdout } = await home.run("doctor", "--report");
  expect(exitCode).toBe(1);
  expect(stdout).toContain("  failed   connection  cannot connect to 127.0.0.1 port 9");
  expect(stdout).toContain('providers: [{name: a, url: "http://127.0.0.1:9", secret: ***************}]');
  expect(stdout).not.toContain(KEY);
});
