/** The files of a configuration: which are read, which are rejected, and warnings for files that others can read. */
import { expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load.ts";
import { createAuthority } from "../support/certificate.ts";
import { Folder } from "../support/folder.ts";
import { messageOfThrown } from "../support/rejection.ts";

const isUnix = process.platform !== "win32";
const PROVIDER = 'providers:\n- name: a\n  url: "https://a.example"\n';

function makePipe(path: string): void {
  expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
}

function utf16(text: string, order: "little" | "big", mark: "\uFEFF" | "" = "\uFEFF"): Uint8Array {
  const bytes = Buffer.from(mark + text, "utf16le");
  return order === "little" ? bytes : bytes.swap16();
}

test.if(isUnix)("every setting rejects a path that is not a regular file, without waiting", () => {
  using folder = new Folder();
  const pipe = join(folder.path, "pipe");
  makePipe(pipe);
  mkdirSync(join(folder.path, "directory"));
  symlinkSync("pipe", join(folder.path, "link"));
  symlinkSync("gone", join(folder.path, "dangling"));
  symlinkSync("circle", join(folder.path, "circle"));
  const faults = [
    ["pipe", "it is a pipe; expected a regular file"],
    ["link", "it is a pipe; expected a regular file"],
    ["directory", "it is a directory"],
    ["/dev/zero", "it is a device; expected a regular file"],
    ["dangling", 'it is a symbolic link to "gone", which does not exist'],
    ["circle", "it is a symbolic link that points to itself"],
  ] as const;
  for (const [name, fault] of faults) {
    const path = join(name.startsWith("/") ? "/" : folder.path, name);
    expect(messageOfThrown(() => loadConfig(path, {}))).toBe(
      `Cannot read the configuration "${path}": ${fault}`,
    );
    for (const key of ["secret_file", "ca_file"]) {
      const config = folder.write("ollama-proxy.yaml", `${PROVIDER}  ${key}: "${path}"\n`);
      expect(messageOfThrown(() => loadConfig(config, {}))).toContain(
        `Cannot use the file "${path}": ${fault}\n`,
      );
    }
  }
});

test("a file of more than 1 MiB is rejected, and one of 1 MiB loads", () => {
  using folder = new Folder();
  const limit = 1024 * 1024;
  const path = folder.write("ollama-proxy.yaml", `port: 1\n${"#".repeat(limit - 8)}`);
  expect(loadConfig(path, {}).config.port).toBe(1);
  folder.write("ollama-proxy.yaml", `port: 1\n${"#".repeat(limit - 7)}`);
  expect(messageOfThrown(() => loadConfig(path, {}))).toBe(
    `Cannot read the configuration "${path}": it is larger than 1 MiB`,
  );
});

test("the error for a missing file says how to create it", () => {
  expect(messageOfThrown(() => loadConfig("missing.yaml", {}))).toBe(
    'Cannot read the configuration "missing.yaml": it does not exist; to write a sample, run: ollama-proxy init --config "missing.yaml"',
  );
});

test.each([
  ["UTF-16 of PowerShell", utf16("port: 7\r\n", "little")],
  ["UTF-16 in the other order", utf16("port: 7\r\n", "big")],
  ["UTF-8 with a byte order mark", "\uFEFFport: 7\r\n"],
])("%s loads", (_, content) => {
  using folder = new Folder();
  expect(loadConfig(folder.write("ollama-proxy.yaml", content), {}).config.port).toBe(7);
});

test.each([
  [
    "UTF-16 without a mark",
    utf16("port: 7\n", "little", ""),
    "it contains null bytes; save it as UTF-8 text",
  ],
  ["Latin-1", Buffer.from("# caf\xe9\n", "latin1"), "it is not UTF-8 text; save it as UTF-8"],
])("%s is rejected", (_, content, fault) => {
  using folder = new Folder();
  const path = folder.write("ollama-proxy.yaml", content);
  expect(messageOfThrown(() => loadConfig(path, {}))).toBe(
    `Cannot read the configuration "${path}": ${fault}`,
  );
});

test.each([
  ["", "it is empty"],
  [" \r\n\t\n", "it is empty"],
  ["sk-1\nsk-2\n", "it has several lines; expected only the key"],
  ["OPENAI_API_KEY=sk-1\n", "it contains no key: write only the key, without `OPENAI_API_KEY=`"],
  ["sk 1", "the key contains a space, a control character or a non-ASCII character"],
  ["your-api-key", "it contains no key: replace the placeholder with your key"],
  ["x".repeat(1024 * 1024 + 1), "it is larger than 1 MiB"],
])("a key file with %j is rejected", (content, fault) => {
  using folder = new Folder();
  const key = folder.write("key", content);
  const path = folder.write("ollama-proxy.yaml", `${PROVIDER}  secret_file: key\n`);
  expect(messageOfThrown(() => loadConfig(path, {}))).toContain(
    `:4:16: Cannot use the file "${key}": ${fault}\n`,
  );
});

test("a key file written by PowerShell loads", () => {
  using folder = new Folder();
  folder.write("key", utf16("sk-1\r\n", "little"));
  const path = folder.write("ollama-proxy.yaml", `${PROVIDER}  secret_file: key\n`);
  expect(loadConfig(path, {}).config.providers[0]?.secrets).toEqual(["sk-1"]);
});

test("a ca_file must contain a certificate, and no invalid one", () => {
  using authority = createAuthority();
  using folder = new Folder();
  const path = folder.write("ollama-proxy.yaml", `${PROVIDER}  ca_file: ca.pem\n`);
  const { key, cert } = authority.tls;
  const der = Buffer.from(cert.replace(/-----.*-----/g, ""), "base64");
  const broken = cert.replace(/\n.{40}/, "\nAAAA");
  const faults: readonly (readonly [string | Uint8Array, string])[] = [
    ["", "it is empty"],
    ["hello", "it contains no certificate; expected text with -----BEGIN CERTIFICATE-----"],
    [key, "it contains a private key; expected a certificate"],
    [
      der,
      "it contains no certificate in PEM format; to convert from DER, run: openssl x509 -inform der -in FILE -out FILE.pem",
    ],
    [cert + broken, "certificate 2 of 2 in it is invalid"],
  ];
  for (const [content, fault] of faults) {
    const file = folder.write("ca.pem", content);
    expect(messageOfThrown(() => loadConfig(path, {}))).toContain(
      `:4:12: Cannot use the file "${file}": ${fault}\n`,
    );
  }
  for (const content of [cert, `# a comment\n${cert.replaceAll("\n", "\r\n")}\n${cert}`]) {
    const file = folder.write("ca.pem", content);
    expect(loadConfig(path, {}).config.providers[0]?.caFile).toBe(file);
  }
});

const ENVIRONMENT = { KEY: "sk-1", USER: "me" };

test.if(isUnix).each([
  ["secret: sk-1", true],
  ["headers: {Authorization: Basic abc}", true],
  ["headers: {X-Api-Key: abc}", true],
  ["headers: {X-Auth: abc}", true],
  ["query: {api_key: abc}", true],
  ["<<: &more {secret: sk-1}", true],
  ["secret: null", false],
  ["secret: ''", false],
  ["secret: ${KEY}", false],
  ["secret: Bearer ${KEY}", false],
  ["secret_file: key", false],
  ["headers: {Authorization: 'Basic ${KEY}', x-trace: abc}", false],
  ["query: {api-version: '1', key: '${KEY}'}", false],
])("a file with %s that others can read causes a warning: %p", (line, isWarned) => {
  using folder = new Folder();
  folder.write("key", "sk-1");
  const path = folder.write("ollama-proxy.yaml", `${PROVIDER}  ${line}\n`, 0o644);
  expect(loadConfig(path, ENVIRONMENT).warnings).toEqual(isWarned ? [exposed(path)] : []);
});

test.if(isUnix).each([
  ["https://me:pw@a.example", true],
  ["https://a.example/?api_key=abc", true],
  ["https://a.example/?sig=abc", true],
  ["https://a.example/?api-version=1&sig=", false],
  ["https://me:${KEY}@a.example", false],
  ["https://a.example/?api_key=${KEY}", false],
])("a file with the URL %s that others can read causes a warning: %p", (url, isWarned) => {
  using folder = new Folder();
  const path = folder.write("ollama-proxy.yaml", `providers: [{name: a, url: "${url}"}]`, 0o644);
  expect(loadConfig(path, ENVIRONMENT).warnings).toEqual(isWarned ? [exposed(path)] : []);
});

test.if(isUnix).each([
  [0o640, true],
  [0o604, true],
  [0o660, true],
  [0o602, true],
  [0o600, false],
  [0o400, false],
  [0o711, false],
])("a secret in a file of mode %o causes a warning: %p", (mode, isWarned) => {
  using folder = new Folder();
  const path = folder.write("ollama-proxy.yaml", `${PROVIDER}  secret: sk-1\n`, mode);
  expect(loadConfig(path, {}).warnings).toEqual(isWarned ? [exposed(path)] : []);
  folder.write("ollama-proxy.yaml", `${PROVIDER}  secret_file: key\n`);
  const key = folder.write("key", "sk-1", mode);
  expect(loadConfig(path, {}).warnings).toEqual(isWarned ? [exposed(key)] : []);
});

test.if(process.getuid?.() === 0)(
  "in a file of somebody else, only what everybody may do is warned about",
  () => {
    using folder = new Folder();
    const path = folder.write("ollama-proxy.yaml", `${PROVIDER}  secret: sk-1\n`, 0o640);
    chownSync(path, 1, 1);
    expect(loadConfig(path, {}).warnings).toEqual([]);
    chmodSync(path, 0o644);
    expect(loadConfig(path, {}).warnings).toEqual([
      `Other users of this machine can read or change "${path}", which contains a secret; to prevent this, run: sudo chmod o= "${path}"`,
    ]);
  },
);

function exposed(path: string): string {
  return `Other users of this machine can read or change "${path}", which contains a secret; to prevent this, run: chmod 600 "${path}"`;
}
