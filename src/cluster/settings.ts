// Through what a process is one node of several, as it is configured. What the files hold is secret: only their paths are
// kept and shown. Must not be read by a process that is alone.

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";

export interface ClusterSettings {
  /** `nats://host:port`, or `tls://`; one that is reached is enough. */
  servers: readonly string[];
  /** As it stands in NATS' subjects. */
  name: string;
  /** Paths: of credentials or of a seed, of the authority's certificate, of the node's certificate and its key. */
  creds?: string;
  ca?: string;
  cert?: string;
  key?: string;
  /** Where others reach the node's own process, as far as that is said: by which host, and at which port (0: any). */
  address?: { host: string | null; port: number };
}

type ClusterVariable =
  | "DATABASE_URL"
  | "S3_BUCKET"
  | "UPLOADS_SHARED"
  | "CLUSTER"
  | "CLUSTER_NAME"
  | "CLUSTER_CREDS"
  | "CLUSTER_CA"
  | "CLUSTER_CERT"
  | "CLUSTER_KEY"
  | "CLUSTER_ADDRESS";

type Raw = (name: ClusterVariable) => string;
type Fault = (name: ClusterVariable, wanted: string) => void;
type ReadPair = (
  cert: "CLUSTER_CERT",
  key: "CLUSTER_KEY",
) => { readonly cert_path: string; readonly key_path: string } | null;

/** Null where the process is alone. */
export function readCluster(raw: Raw, readPair: ReadPair, fault: Fault): ClusterSettings | null {
  const shared = raw("UPLOADS_SHARED");
  if (shared !== "on" && shared !== "off") fault("UPLOADS_SHARED", "wants one of on, off");
  if (raw("CLUSTER") === "") return null;
  const servers = raw("CLUSTER")
    .split(",")
    .map((one) => one.trim());
  if (!servers.every(isNatsUrl)) fault("CLUSTER", SERVERS_WANTED);
  const name = raw("CLUSTER_NAME");
  if (!/^[\w-]{1,32}$/.test(name)) fault("CLUSTER_NAME", "wants 1 to 32 letters, digits, hyphens and underscores");
  if (raw("DATABASE_URL").startsWith("file:")) fault("DATABASE_URL", DATABASE_WANTED);
  if (raw("S3_BUCKET") === "" && shared !== "on") fault("UPLOADS_SHARED", UPLOADS_WANTED);
  const [creds, ca] = [raw("CLUSTER_CREDS"), raw("CLUSTER_CA")];
  const pair = readPair("CLUSTER_CERT", "CLUSTER_KEY");
  const creds_fault = creds === "" ? null : credentialsFault(creds);
  if (creds_fault !== null) fault("CLUSTER_CREDS", creds_fault);
  const address = addressIn(raw("CLUSTER_ADDRESS"));
  if (address === "bad") fault("CLUSTER_ADDRESS", ADDRESS_WANTED);
  const ca_fault = ca === "" ? null : authorityFault(ca);
  if (ca_fault !== null) fault("CLUSTER_CA", ca_fault);
  return {
    ...{ servers, name },
    ...(creds !== "" && { creds }),
    ...(ca !== "" && { ca }),
    ...(pair && { cert: pair.cert_path, key: pair.key_path }),
    ...(address && address !== "bad" && { address }),
  };
}

/** What is given may hold a password: it isn't repeated. */
const SERVERS_WANTED =
  "wants addresses of NATS servers, such as nats://10.0.0.1:4222,nats://10.0.0.2:4222, without user and password: those " +
  "are in the file of ORCHARD_CLUSTER_CREDS";
const DATABASE_WANTED =
  "wants the URL of a libSQL server where ORCHARD_CLUSTER is set: several nodes can't share a database that is a file";
const UPLOADS_WANTED =
  "nodes have to share the uploads: set a bucket (ORCHARD_S3_…), or have all nodes use one folder by " +
  "ORCHARD_UPLOADS_DIR and say so with `on`";

const ADDRESS_WANTED =
  "wants a name or address of this machine by which other nodes reach it, a port, or both, such as 10.0.0.1, :3001, " +
  "node-1:3001 or [fd00::1]:3001";

/** Null where none is given. */
function addressIn(text: string): ClusterSettings["address"] | "bad" | null {
  if (text === "") return null;
  const [, host, port = "0"] = /^(\[[\dA-Fa-f:.]+\]|[A-Za-z\d.-]*)(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return "bad";
  if (host === "") return port === "0" ? "bad" : { host: null, port: Number(port) };
  const plain = host.replace(/^\[|\]$/g, "");
  const is_host = host === plain ? isIPv4(host) || /[A-Za-z]/.test(host) : isIPv6(plain);
  // What means any address of the machine leads nobody there.
  return is_host && !/^[0.:]+$/.test(plain) ? { host: plain, port: Number(port) } : "bad";
}

function isNatsUrl(text: string): boolean {
  if (!/^(nats|tls):\/\/[^/?#@\s]+\/?$/.test(text)) return false;
  // A scheme whose hosts and ports are looked at.
  return URL.canParse(text.replace(/^\w+/, "https"));
}

/** The seed of a user's nkey. */
export const SEED = /^SU[A-Z2-7]{56}$/m;
/** A user's token and seed, as NATS' own tools write them. */
export const CREDENTIALS = /BEGIN NATS USER JWT[\s\S]*BEGIN USER NKEY SEED/;

function credentialsFault(path: string): string | null {
  const text = textOf(path);
  if (typeof text !== "string") return text.fault;
  return CREDENTIALS.test(text) || SEED.test(text)
    ? null
    : `${path} holds neither NATS credentials nor the seed of a user's nkey`;
}

function authorityFault(path: string): string | null {
  const text = textOf(path);
  if (typeof text !== "string") return text.fault;
  try {
    return new X509Certificate(text) && null;
  } catch {
    return `${path} holds no certificate in PEM`;
  }
}

function textOf(path: string): string | { fault: string } {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    if (code === "ENOENT") return { fault: `there is no file ${path}` };
    return { fault: code === "EISDIR" ? `${path} is a folder` : `${path} can't be read: ${code}` };
  }
}
