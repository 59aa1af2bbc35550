// The certificate that the server shows, and its key: two PEM files that belong together. What is wrong with them is
// told before anything starts, of the file that it is wrong with.
// Must not let out what is in the key.

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

export interface CertificatePaths {
  cert_path: string;
  key_path: string;
}

/** What is wrong with each of the files, in words that name it. */
export type CertificateFaults = Partial<Record<"cert" | "key", string>>;

/** The pair as Bun takes it. */
export interface Certificate {
  cert: string;
  key: string;
}

export type CertificateResult = ({ ok: true } & Certificate) | { ok: false; faults: CertificateFaults };

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

export function readCertificate({ cert_path, key_path }: CertificatePaths): CertificateResult {
  const faults: CertificateFaults = {};
  const attempt = <Value>(part: "cert" | "key", use: () => Value): Value | null => {
    try {
      return use();
    } catch (error) {
      faults[part] = error instanceof Error ? error.message : String(error);
      return null;
    }
  };
  const cert = attempt("cert", () => textOf(cert_path));
  const key = attempt("key", () => textOf(key_path));
  const first = cert === null ? null : attempt("cert", () => firstOf(cert, cert_path));
  const secret = key === null ? null : attempt("key", () => keyOf(key, key_path));
  if (first && secret && !first.checkPrivateKey(secret)) {
    faults.key = `${key_path} is the key of another certificate than the first in ${cert_path}`;
  }
  return cert === null || key === null || faults.cert || faults.key ? { ok: false, faults } : { ok: true, cert, key };
}

/** The pair as Bun takes it; throws with the name of the file that is wrong by now. */
export function certificateOf(paths: CertificatePaths): Certificate {
  const read = readCertificate(paths);
  if (read.ok) return { cert: read.cert, key: read.key };
  throw new Error(Object.values(read.faults).join("; "));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw new Error(`there is no file ${path}`);
    if (codeOf(error) === "EISDIR") throw new Error(`${path} is a folder`);
    throw new Error(`${path} can't be read: ${codeOf(error)}`);
  }
}

/** All of them are looked at: one that is broken would stop the server. */
function firstOf(text: string, path: string): X509Certificate {
  const blocks = text.match(BLOCK) ?? [];
  const [first] = blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new Error(`certificate ${index + 1} in ${path} is damaged`);
    }
  });
  if (!first) throw new Error(`${path} holds no certificate in PEM`);
  return first;
}

function keyOf(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (error) {
    if (codeOf(error) === "ERR_MISSING_PASSPHRASE") {
      throw new Error(`${path} is encrypted: decrypt it, as openssl pkey -in ${path} -out … does`);
    }
    throw new Error(`${path} holds no private key in PEM`);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : null;
}
