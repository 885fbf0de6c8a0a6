/** Creates a certificate authority, and a certificate for `localhost` that it has signed. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Authority extends Disposable {
  /** PEM file of the authority. */
  readonly file: string;
  readonly tls: { readonly key: string; readonly cert: string };
}

export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "authority-"));
  const openssl = (...args: readonly string[]): void => {
    const { exitCode, stderr } = Bun.spawnSync(["openssl", ...args], { cwd: folder, stderr: "pipe" });
    if (exitCode !== 0) throw new Error(`openssl ${args[0]}: ${stderr.toString()}`);
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=Company",
  );
  const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "key.pem",
    "-out",
    "cert.pem",
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    ...names,
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
  );
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  return {
    file: join(folder, "ca.pem"),
    tls: { key: read("key.pem"), cert: read("cert.pem") },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
