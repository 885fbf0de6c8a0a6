/** Reads the certificate of a server, even if it cannot be trusted. */
import { readFileSync } from "node:fs";
import { connect, rootCertificates, type TLSSocket } from "node:tls";

export interface ServerCertificate {
  /** The code of the error; undefined for a trusted certificate. */
  readonly problem: string | undefined;
  /** A day. */
  readonly validTo: string;
  readonly names: string;
  readonly issuer: string;
}

const UNKNOWN: Omit<ServerCertificate, "problem"> = { validTo: "?", names: "?", issuer: "?" };

/** `caFile` has certificates that are trusted beside the usual ones. Never rejects. */
export function readCertificateOf(
  { host, port }: { readonly host: string; readonly port: number },
  caFile: string | undefined,
  timeoutMs: number,
): Promise<ServerCertificate> {
  const ca = caFile === undefined ? {} : { ca: [...rootCertificates, readFileSync(caFile, "utf8")] };
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      servername: /^[\d.:]+$/.test(host) ? "" : host,
      rejectUnauthorized: false,
      ...ca,
    });
    const end = (result: ServerCertificate): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => end({ ...UNKNOWN, problem: "no answer" }));
    socket.once("error", (error) => end({ ...UNKNOWN, problem: codeOf(error) }));
    socket.once("secureConnect", () => end(describe(socket)));
  });
}

function describe(socket: TLSSocket): ServerCertificate {
  const { valid_to: until, subject, issuer, subjectaltname = "" } = socket.getPeerCertificate();
  const time = new Date(until);
  return {
    problem: socket.authorized ? undefined : codeOf(socket.authorizationError),
    validTo: Number.isNaN(time.getTime()) ? until : time.toISOString().slice(0, 10),
    names: subjectaltname.replaceAll("DNS:", "") || text(subject.CN),
    issuer: text(issuer.O) || text(issuer.CN),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
