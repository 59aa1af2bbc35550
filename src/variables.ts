// Every variable of the environment, in the order in which the help and the two tables of docs/configuration.md tell of
// it: its name without the prefix, what stands when it is absent, and a line on what it means, with its bounds.
// Must not read the environment.

import { type Bounds, limits, type Rates, rates } from "./domain/limits.ts";
import { log_levels } from "./telemetry/log.ts";

export const PREFIX = "ORCHARD_";

interface VariableLiteral {
  default: string;
  doc: string;
}

interface RangedLiteral extends VariableLiteral {
  least: number;
  most: number;
}

const MAX_COUNT = 1_000_000;

function whole(standing: number, least: number, most: number, what: string, more = ""): RangedLiteral {
  return { default: String(standing), doc: `${what}, ${least} to ${most}${more}`, least, most };
}

function rate(name: keyof Rates, doc: string): VariableLiteral {
  return { default: `${rates[name].burst}/${rates[name].per_s}`, doc };
}

function bound(name: keyof Bounds, least: number, most: number, doc: string, more = ""): RangedLiteral {
  return whole(limits[name], least, most, doc, more);
}

export const variables = {
  HOST: { default: "0.0.0.0", doc: "Address to listen on" },
  PORT: whole(3000, 0, 65_535, "Port to listen on", "; 0 picks a free one"),
  PUBLIC_URL: {
    default: "",
    doc: "Where clients find the server, with the path that a proxy puts before: for links",
  },
  DATA: {
    default: "./data",
    doc: "Folder of the database, uploads and socket, unless their own variables say otherwise",
  },
  SOCKET: {
    default: "./data/orchard.sock",
    doc: "Unix socket of the command line, the server's own user's alone; it runs without, where there can't be one",
  },
  DATABASE_URL: {
    default: "file:./data/orchard.db",
    doc: "`file:` path (`%25` is a `%`, `%3F` a `?`), or the URL of a remote libSQL server",
  },
  DATABASE_AUTH_TOKEN: { default: "", doc: "Token for a remote database" },
  DATABASE_UNSAFE: {
    default: "off",
    doc: "`on` takes a remote database that may lose what is answered, or stop for good under several nodes",
  },
  UPLOADS_DIR: { default: "./data/uploads", doc: "Folder for uploaded files, unless there is a bucket for them" },
  S3_ENDPOINT: { default: "", doc: "URL of an S3-compatible store for uploaded files, such as `http://minio:9000`" },
  S3_BUCKET: { default: "", doc: "Its bucket" },
  S3_ACCESS_KEY_ID: { default: "", doc: "Its access key" },
  S3_SECRET_ACCESS_KEY: { default: "", doc: "The secret of the access key" },
  S3_REGION: { default: "us-east-1", doc: "Its region, where it has any" },
  UPLOADS_SHARED: {
    default: "off",
    doc: "`on` says that all nodes of a cluster have the same uploads folder",
  },
  CLUSTER: {
    default: "",
    doc: "NATS servers, `nats://host:port` separated by commas: the process is one node of several then",
  },
  CLUSTER_NAME: { default: "orchard", doc: "Name of the cluster, one of its own for each at the same NATS" },
  CLUSTER_CREDS: { default: "", doc: "Path of a file with the node's NATS credentials, or the seed of its nkey" },
  CLUSTER_CA: { default: "", doc: "Path of the PEM certificate of the authority that NATS' own is from" },
  CLUSTER_CERT: { default: "", doc: "Path of the PEM certificate that the node shows NATS" },
  CLUSTER_KEY: { default: "", doc: "Path of that certificate's PEM key" },
  CLUSTER_ADDRESS: {
    default: "",
    doc: "Where other nodes reach this one, `host:port`, `host` or `:port`; by default where NATS does, any port",
  },
  PRESENCE_GRACE_MS: whole(
    5_000,
    0,
    3_600_000,
    "How long a user without a session still counts as online, in milliseconds",
  ),
  TOMBSTONE_DAYS: whole(
    365,
    1,
    36_500,
    "Days that a client may be away and catch up",
    "; what was deleted before is forgotten then",
  ),
  RETENTION_DAYS: whole(
    0,
    0,
    limits.most_retention_days,
    "Days after which messages go, with their files",
    "; 0 keeps them for ever",
  ),
  UPLOAD_QUOTA: whole(
    limits.upload_quota_bytes,
    0,
    limits.most_upload_quota_bytes,
    "Bytes of files that one user may have uploaded",
  ),
  RATE_LIMITS: { default: "on", doc: "`on`, or `off` for load tests: no rate and no limit for an address holds then" },
  TRUSTED_PROXIES: {
    default: "",
    doc: "Proxies whose `X-Forwarded-For` is believed: addresses and networks, separated by commas",
  },
  JWT_SECRET: {
    default: "",
    doc: "Secret that signs tokens, 32 characters at least; made and kept in the database if absent",
  },
  TLS_CERT: { default: "", doc: "Path of a PEM certificate chain; with it the server speaks https and wss" },
  TLS_KEY: { default: "", doc: "Path of the certificate's PEM key" },
  ALLOWED_ORIGINS: {
    default: "*",
    doc: "Origins whose pages may use the server, such as `https://*.example.org`, separated by commas; `*` for any",
  },
  PASSWORD_MEMORY_KIB: whole(19_456, 1_024, 4_194_304, "Memory of one argon2id password hash in KiB"),
  REGISTRATION: {
    default: "open",
    doc: "`open`, `invite` to take only the invited, or `closed` to take no new accounts",
  },
  SMTP_URL: {
    default: "",
    doc: "Server for mail, such as `smtps://user:password@mail.example.org`; else none is sent",
  },
  SMTP_FROM: {
    default: "",
    doc: "Address that mail comes from; `orchard@` and the host of the public URL if absent",
  },
  PUSH_ALLOW_PRIVATE: {
    default: "off",
    doc: "`on` lets Web Push send to this machine too, whatever its certificate: for tests",
  },
  LOG: { default: "info", doc: `One of ${log_levels.join(", ")}` },

  RATE_SESSION: rate("session_requests", "Requests of one session, by cost"),
  RATE_REFUSALS: rate("session_refusals", "Refusals of one session before it is closed with 4008"),
  RATE_USER: rate(
    "user_requests",
    "Requests of one user, all sessions and HTTP calls together; a new session takes 10 tokens",
  ),
  RATE_ADDRESS: rate("address_requests", "Requests of one address (of IPv6, one /64), by cost"),
  RATE_HTTP: rate("http_per_address", "HTTP requests of one address, of any kind; `/metrics` counts as 16"),
  RATE_CONNECT: rate("connects_per_address", "Sockets that one address may open"),
  RATE_LOGIN_NAME: rate("login_per_name", "Passwords that may be tried for one name from one address"),
  RATE_LOGIN_ADDRESS: rate("login_per_address", "Log-ins from one address"),
  RATE_REGISTER: rate("register_per_address", "Accounts made from one address"),
  RATE_MAIL: rate("mails_per_person", "Mails to one person, whoever asks for them"),
  RATE_MAIL_ADDRESS: rate("mail_asks_per_address", "Mails that one address asks for"),
  RATE_UPLOAD: rate("uploads_per_user", "Uploads of one user"),
  RATE_WEBHOOK: rate(
    "webhook_messages",
    "Messages of one webhook, never more than the burst in the time in which it comes back",
  ),
  RATE_UPLOAD_MISS: rate("upload_misses_per_address", "Uploads asked for from one address that aren't there"),
  RATE_INVITE_MISS: rate("invite_misses_per_address", "Invites asked for from one address that lead nowhere"),
  MAX_ADDRESS_SOCKETS: bound("connections_per_address", 1, MAX_COUNT, "Open sockets of one address"),
  MAX_USER_SESSIONS: bound("sessions_per_user", 1, 1_000, "Open sessions of one user"),
  MAX_SESSION_TOPICS: bound("topics_per_session", 1, MAX_COUNT, "Topics that one session may be subscribed to"),
  MAX_FRAME_LENGTH: bound("frame_length", 1_024, limits.frame_hard_bytes / 4, "Characters of one frame"),
  MAX_FRAME_DEPTH: bound("frame_depth", 8, 64, "Objects and arrays within each other in one frame"),
  MAX_QUEUED_BYTES: bound(
    "socket_backpressure_bytes",
    2 * limits.socket_congested_bytes,
    64 * 1024 ** 2,
    "Bytes that wait for a slow reader before it is closed",
  ),
  MAX_TOTAL_QUEUED_BYTES: bound(
    "sockets_backpressure_bytes",
    1024 ** 2,
    64 * 1024 ** 3,
    "The same of all readers together, as much at least as of one",
    "; the slowest are closed",
  ),
  SOCKET_IDLE_S: bound("socket_idle_s", 10, 240, "Seconds after which a socket that answers no ping is closed"),
  MAX_UPLOAD_BYTES: bound("upload_bytes", 1024, 4 * 1024 ** 3, "Bytes of one uploaded file"),
  HTTP_IDLE_S: bound("http_idle_s", 5, 255, "Seconds after which an idle HTTP connection is closed"),
} as const satisfies Record<string, VariableLiteral>;

export type Variable = keyof typeof variables;
/** The variables that are whole numbers. */
export type RangedVariable = {
  [Name in Variable]: (typeof variables)[Name] extends RangedLiteral ? Name : never;
}[Variable];

/** The lines of the help, names in one column. */
export function variableLines(): string[] {
  const names = Object.keys(variables).map((name) => PREFIX + name);
  const width = Math.max(...names.map((name) => name.length));
  return Object.values<VariableLiteral>(variables).map(({ doc, default: standing }, index) => {
    return `  ${names[index]?.padEnd(width)}  ${doc}${standing === "" ? "" : ` [${standing}]`}`;
  });
}
