/** Reads the server certificate of the proxy and its private key, both in PEM. */
import { FileFault, readText } from "./read-file.ts";

export interface CertificateFiles {
  /** May also contain the intermediate certificates, after the certificate itself. */
  readonly certFile: string;
  readonly keyFile: string;
}

type Part = "certificate" | "key";

export class CertificateError extends Error {
  override readonly name = "CertificateError";
  readonly part: Part;

  constructor(part: Part, message: string, options: ErrorOptions) {
    super(message, options);
    this.part = part;
  }
}

/** Throws `CertificateError`. */
export function readCertificate({ certFile, keyFile }: CertificateFiles): {
  readonly cert: string;
  readonly key: string;
} {
  const cert = read("certificate", certFile);
  const key = read("key", keyFile);
  // Loaded only when needed: the module costs seven megabytes of memory.
  const { createPrivateKey, X509Certificate } = process.getBuiltinModule("node:crypto");
  const certificate = parse("certificate", certFile, "it contains no certificate in PEM format", () => {
    return new X509Certificate(cert);
  });
  const privateKey = parse(
    "key",
    keyFile,
    "it contains no private key in PEM format without a passphrase",
    () => createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw createError("key", keyFile, "it does not match the certificate in `cert_file`");
  return { cert, key };
}

function read(part: Part, path: string): string {
  try {
    return readText(path);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    throw createError(part, path, error.message);
  }
}

function parse<T>(part: Part, path: string, fault: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw createError(part, path, fault, error);
  }
}

function createError(part: Part, path: string, fault: string, cause?: unknown): CertificateError {
  return new CertificateError(part, `Cannot use the file "${path}": ${fault}`, { cause });
}
