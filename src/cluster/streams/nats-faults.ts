// Why NATS doesn't take a node, as sentences for its operator. Must not show more of an address than host and port.

import { AuthorizationError } from "@nats-io/transport-node";
import { type ClusterFault, lastingFault, passingFault } from "../faults.ts";
import type { ClusterSettings } from "../settings.ts";
import { type Greeting, greetingOf } from "./nats-greeting.ts";

/** What a first connection was rejected with. */
export async function connectFault(error: unknown, settings: Settings): Promise<ClusterFault> {
  const { servers, creds, cert } = settings;
  const where = servers.map((one) => new URL(one).host).join(", ");
  if (error instanceof AuthorizationError) {
    const why = creds === undefined ? "wants credentials: name their file" : "refuses these credentials: name others";
    return lastingFault(`ORCHARD_CLUSTER_CREDS: NATS at ${where} ${why}`);
  }
  const text = wholeMessageOf(error);
  if (/certificate|self.signed|altnames|issuer|CERT_/i.test(text)) {
    return lastingFault(`ORCHARD_CLUSTER_CA: the certificate of NATS at ${where} can't be trusted (${reasonIn(text)})`);
  }
  const greetings = await Promise.all(servers.map(greetingOf));
  if (greetings.some((greeting) => greeting?.tls_verify)) {
    const why =
      cert === undefined ? "wants a certificate: name it" : "refuses this certificate: name one that it trusts";
    return lastingFault(`ORCHARD_CLUSTER_CERT: NATS at ${where} ${why}`);
  }
  if (greetings.every((greeting) => greeting?.is_other)) {
    return passingFault(`ORCHARD_CLUSTER: what answers at ${where} is no NATS, or doesn't say so: write its address`);
  }
  if (wantsTls(settings) && greetings.some(isPlain)) {
    return lastingFault(
      `ORCHARD_CLUSTER: NATS at ${where} speaks no TLS: give it a certificate, or write nats:// without ` +
        "ORCHARD_CLUSTER_CA, _CERT and _KEY",
    );
  }
  return passingFault(
    `ORCHARD_CLUSTER: NATS at ${where} can't be reached (${reasonIn(text)}): start it, or write its address`,
  );
}

/** Whether nothing may be said but over TLS. */
export function wantsTls({
  servers,
  ca,
  cert,
}: Pick<Settings, "servers"> & { ca?: string | undefined; cert?: string | undefined }): boolean {
  return ca !== undefined || cert !== undefined || servers.some((one) => one.startsWith("tls:"));
}

/** It speaks no TLS with anybody. */
const isPlain = (greeting: Greeting | null) =>
  greeting !== null && !greeting.is_other && !greeting.tls_required && !greeting.tls_available;

type Settings = Pick<ClusterSettings, "servers" | "creds" | "ca" | "cert">;

/** What an account may not do, in NATS' words. */
export function permissionFault(violation: string, cluster: string): ClusterFault {
  const needed = `publish and subscribe on o.${cluster}.>`;
  return lastingFault(
    `ORCHARD_CLUSTER_CREDS: this account of NATS may not do what a node does, ${needed} (${violation})`,
  );
}

function wholeMessageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `: ${wholeMessageOf(error.cause)}`;
  const code = "code" in error ? ` ${error.code}` : "";
  return `${error.message}${code}${cause}`;
}

const reasonIn = (text: string) => /\b(E[A-Z_]{4,}|[A-Z]+_[A-Z_]+)\b/.exec(text)?.[1] ?? text;
