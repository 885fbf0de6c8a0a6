/** Checks a `ca_file`, which contains at least one certificate in PEM. */
import { FileFault, readBytes } from "./read-file.ts";

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

/** Throws `FileFault` when the file cannot be read, contains no certificate, or contains an invalid one. */
export function checkCertificates(path: string): void {
  const bytes = readBytes(path);
  const text = new TextDecoder().decode(bytes);
  const [, ...parts] = text.includes(END) ? text.split(BEGIN) : [];
  const certificates = parts.map((part) => BEGIN + (part.split(END, 1)[0] ?? "") + END);
  if (certificates.length === 0) throw new FileFault(explainContent(bytes, text));
  for (const [index, certificate] of certificates.entries()) {
    if (!canParse(certificate))
      throw new FileFault(`certificate ${index + 1} of ${certificates.length} in it is invalid`);
  }
}

function explainContent(bytes: Uint8Array, text: string): string {
  if (bytes.length === 0) return "it is empty";
  if (text.includes("PRIVATE KEY-----")) return "it contains a private key; expected a certificate";
  // A certificate in DER begins with a sequence tag and a two-byte length.
  if (bytes[0] === 0x30 && bytes[1] === 0x82)
    return "it contains no certificate in PEM format; to convert from DER, run: openssl x509 -inform der -in FILE -out FILE.pem";
  return "it contains no certificate; expected text with -----BEGIN CERTIFICATE-----";
}

function canParse(certificate: string): boolean {
  // Loaded only when needed: the module costs seven megabytes of memory.
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  try {
    return new X509Certificate(certificate).raw.length > 0;
  } catch {
    return false;
  }
}
