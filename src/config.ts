// The only reader of the environment: from variables to one typed configuration. All faults are reported at once, and
// nothing else in the program looks at the environment.

import { isIP } from "node:net";
import { resolve } from "node:path";
import type { ClusterConfig } from "./cluster/open-node.ts";
import { databaseUrlFault } from "./db/engine/database-path.ts";
import { type Bounds, limits, type Rate, type Rates, rates } from "./domain/limits.ts";
import { type CertificatePaths, readCertificate } from "./routes/certificate.ts";
import { type Network, parseNetwork } from "./routes/client-address.ts";
import { isOriginPattern } from "./routes/origins.ts";
import { type LogLevel, log_levels } from "./telemetry/log.ts";
import type { BucketSettings } from "./uploads/bucket.ts";

export interface Config {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** Without a slash at its end; null: clients are given paths. */
  public_url: string | null;
  /** Where the command line finds the server; on Windows the name of a pipe. */
  socket_path: string;
  database_url: string;
  database_auth_token: string | null;
  /** The other nodes are reached through it; null where this process is alone. */
  cluster: ClusterConfig | null;
  /** Take a database server that doesn't sync its commits. */
  database_unsafe: boolean;
  uploads_dir: string;
  /** Null: uploads are kept in `uploads_dir`. */
  uploads_bucket: BucketSettings | null;
  presence_grace_ms: number;
  /** Without them, neither `rates` nor `connections_per_address` hold. */
  rate_limits: boolean;
  rates: Rates;
  bounds: Bounds;
  /** The proxies whose `X-Forwarded-For` is believed. */
  trusted_proxies: Network[];
  /** Null: made at the first start and kept in the database. */
  jwt_secret: string | null;
  tls: CertificatePaths | null;
  /** `*`, or the origins whose pages may use the server; `https://*.` stands for all below a name. */
  allowed_origins: "*" | string[];
  password_memory_kib: number;
  registration: "open" | "closed";
  /** How long what was deleted is kept as a tombstone, for clients that were away. */
  tombstone_age_ms: number;
  log_level: LogLevel;
}

export type ConfigResult =
  /** `unknown`: variables that begin like ours but mean nothing here, likely misspelt. */
  { ok: true; config: Config; unknown: string[] } | { ok: false; faults: string[] };

type Environment = Readonly<Record<string, string | undefined>>;

interface VariableLiteral {
  default: string;
  doc: string;
}

function rate(name: keyof Rates, doc: string): VariableLiteral {
  return { default: `${rates[name].burst}/${rates[name].per_s}`, doc };
}

function bound(name: keyof Bounds, doc: string): VariableLiteral {
  return { default: String(limits[name]), doc };
}

/** One variable: its name without the prefix, what stands when it is absent, and a line for `--help` and the README. */
export const variables = {
  HOST: { default: "0.0.0.0", doc: "Address to listen on" },
  PORT: { default: "3000", doc: "Port to listen on; 0 picks a free one" },
  PUBLIC_URL: {
    default: "",
    doc: "Where clients find the server, with the path under which a proxy has it: the `url` of uploads begins with it",
  },
  DATA: {
    default: "./data",
    doc: "Folder of the database, the uploads and the socket, unless their own variables say otherwise",
  },
  SOCKET: {
    default: "./data/orchard.sock",
    doc: "Unix socket by which the command line asks the server; where there can be none, it runs without",
  },
  DATABASE_URL: {
    default: "file:./data/orchard.db",
    doc: "`file:` path (`%25` is a `%`, `%3F` a `?`), or a `libsql://`, `http(s)://` URL of a remote libSQL server",
  },
  DATABASE_AUTH_TOKEN: { default: "", doc: "Token for a remote database" },
  DATABASE_UNSAFE: {
    default: "off",
    doc: "`on` takes a remote database that does not sync its commits: what it acknowledged may be lost",
  },
  UPLOADS_DIR: { default: "./data/uploads", doc: "Folder for uploaded images, unless there is a bucket for them" },
  S3_ENDPOINT: { default: "", doc: "URL of an S3-compatible store for uploaded images, such as http://minio:9000" },
  S3_BUCKET: { default: "", doc: "Its bucket" },
  S3_ACCESS_KEY_ID: { default: "", doc: "Its access key" },
  S3_SECRET_ACCESS_KEY: { default: "", doc: "The secret of the access key" },
  S3_REGION: { default: "us-east-1", doc: "Its region, where it has any" },
  PRESENCE_GRACE_MS: {
    default: "5000",
    doc: "How long a user without a session still counts as online, in milliseconds, an hour at most",
  },
  RATE_LIMITS: { default: "on", doc: "`on`, or `off` for load tests: no rate and no limit for an address holds then" },
  RATE_SESSION: rate("session_requests", "Requests of one session, by cost: tokens at most, and tokens a second"),
  RATE_REFUSALS: rate("session_refusals", "Refusals of one session before it is closed with 4008"),
  RATE_USER: rate("user_requests", "The same of one user, all sessions and HTTP calls together"),
  RATE_ADDRESS: rate("address_requests", "The same of one address (of IPv6, one /64)"),
  RATE_HTTP: rate("http_per_address", "HTTP requests of one address, of any kind; `/metrics` counts as 16"),
  RATE_CONNECT: rate("connects_per_address", "Sockets that one address may open"),
  RATE_LOGIN_NAME: rate("login_per_name", "Passwords that may be tried for one name from one address"),
  RATE_LOGIN_ADDRESS: rate("login_per_address", "Log-ins from one address"),
  RATE_REGISTER: rate("register_per_address", "Accounts made from one address"),
  RATE_UPLOAD: rate("uploads_per_user", "Uploads of one user"),
  RATE_UPLOAD_MISS: rate("upload_misses_per_address", "Uploads asked for from one address that aren't there"),
  MAX_ADDRESS_SOCKETS: bound("connections_per_address", "Open sockets of one address"),
  MAX_USER_SESSIONS: bound("sessions_per_user", "Open sessions of one user"),
  MAX_SESSION_TOPICS: bound("topics_per_session", "Topics that one session may be subscribed to"),
  MAX_FRAME_LENGTH: bound("frame_length", "Characters of one frame, 1024 to 262144"),
  MAX_FRAME_DEPTH: bound("frame_depth", "Objects and arrays within each other in one frame, 8 to 64"),
  MAX_QUEUED_BYTES: bound("socket_backpressure_bytes", "Bytes that wait for a slow reader before it is closed"),
  MAX_TOTAL_QUEUED_BYTES: bound(
    "sockets_backpressure_bytes",
    "The same of all readers together; the slowest are closed",
  ),
  SOCKET_IDLE_S: bound("socket_idle_s", "Seconds after which a socket that answers no ping is closed, 10 to 240"),
  HTTP_IDLE_S: bound(
    "http_idle_s",
    "Seconds after which an HTTP connection on which nothing happens is closed, 5 to 255",
  ),
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
  PASSWORD_MEMORY_KIB: {
    default: "19456",
    doc: "Memory of one argon2id password hash, in KiB; 1024 at least, 4194304 at most",
  },
  REGISTRATION: { default: "open", doc: "`open`, or `closed` to take no new accounts" },
  TOMBSTONE_DAYS: {
    default: "365",
    doc: "Days that a client may be away and catch up; what was deleted before is forgotten then",
  },
  LOG: { default: "info", doc: `One of ${log_levels.join(", ")}` },
} as const satisfies Record<string, VariableLiteral>;

const DAY_MS = 24 * 60 * 60 * 1000;
const PREFIX = "ORCHARD_";
const MAX_COUNT = 1_000_000;
type Variable = keyof typeof variables;

/** Reads the configuration. An empty variable counts as absent. */
export function readConfig(environment: Environment = process.env): ConfigResult {
  const faults: string[] = [];
  const given = (name: Variable) => environment[`${PREFIX}${name}`]?.trim() || null;
  const below = belowData(given("DATA") ?? variables.DATA.default);
  const raw = (name: Variable) => given(name) ?? below[name] ?? variables[name].default;
  const fault = (name: Variable, wanted: string) => void faults.push(`${PREFIX}${name}: ${wanted}`);

  const text = (name: Variable, good: (value: string) => boolean, wanted: string) => {
    const value = raw(name);
    if (!good(value)) fault(name, wanted);
    return value;
  };
  const whole = (name: Variable, least: number, most: number) => {
    const value = text(
      name,
      (t) => /^\d{1,12}$/.test(t) && Number(t) >= least && Number(t) <= most,
      `wants a whole number from ${least} to ${most}`,
    );
    return Number(value);
  };
  const choice = <const Choice extends string>(name: Variable, choices: readonly Choice[]): Choice => {
    const value = raw(name);
    const chosen = choices.find((one) => one === value);
    if (!chosen) fault(name, `wants one of ${choices.join(", ")}`);
    return chosen ?? (variables[name].default as Choice);
  };

  const config: Config = {
    host: text("HOST", isHost, "wants an address or a host name"),
    port: whole("PORT", 0, 65_535),
    public_url:
      text("PUBLIC_URL", isPublicUrl, "wants an http:// or https:// URL, with a path or without").replace(/\/+$/, "") ||
      null,
    socket_path: raw("SOCKET"),
    database_url: text(
      "DATABASE_URL",
      (t) => databaseUrlFault(t) === null,
      databaseUrlFault(raw("DATABASE_URL")) ?? "",
    ),
    database_auth_token: raw("DATABASE_AUTH_TOKEN") || null,
    cluster: null,
    database_unsafe: choice("DATABASE_UNSAFE", ["on", "off"]) === "on",
    uploads_dir: raw("UPLOADS_DIR"),
    uploads_bucket: readBucket(raw, fault),
    presence_grace_ms: whole("PRESENCE_GRACE_MS", 0, 3_600_000),
    rate_limits: choice("RATE_LIMITS", ["on", "off"]) === "on",
    rates: readRates((name) => text(name, isRate, "wants tokens and tokens a second, such as 600/60")),
    bounds: {
      connections_per_address: whole("MAX_ADDRESS_SOCKETS", 1, MAX_COUNT),
      sessions_per_user: whole("MAX_USER_SESSIONS", 1, 1_000),
      topics_per_session: whole("MAX_SESSION_TOPICS", 1, MAX_COUNT),
      frame_length: whole("MAX_FRAME_LENGTH", 1_024, limits.frame_hard_bytes / 4),
      frame_depth: whole("MAX_FRAME_DEPTH", 8, 64),
      socket_backpressure_bytes: whole("MAX_QUEUED_BYTES", 2 * limits.socket_congested_bytes, 64 * 1024 * 1024),
      sockets_backpressure_bytes: whole("MAX_TOTAL_QUEUED_BYTES", 1024 * 1024, 64 * 1024 ** 3),
      socket_idle_s: whole("SOCKET_IDLE_S", 10, 240),
      http_idle_s: whole("HTTP_IDLE_S", 5, 255),
    },
    trusted_proxies: readNetworks(raw("TRUSTED_PROXIES"), fault),
    jwt_secret: text("JWT_SECRET", (t) => t === "" || t.length >= 32, "wants 32 characters at least") || null,
    tls: readTls(raw("TLS_CERT"), raw("TLS_KEY"), fault),
    allowed_origins: readOrigins(raw("ALLOWED_ORIGINS"), fault),
    password_memory_kib: whole("PASSWORD_MEMORY_KIB", 1024, 4_194_304),
    registration: choice("REGISTRATION", ["open", "closed"]),
    tombstone_age_ms: whole("TOMBSTONE_DAYS", 1, 36_500) * DAY_MS,
    log_level: choice("LOG", log_levels),
  };
  if (faults.length > 0) return { ok: false, faults };
  const known = (name: string) => Object.hasOwn(variables, name.slice(PREFIX.length));
  const unknown = Object.keys(environment).filter((name) => name.startsWith(PREFIX) && !known(name));
  return { ok: true, config, unknown };
}

/** What lies in the folder of all that is kept, unless it is said to lie elsewhere. */
function belowData(data: string): Partial<Record<Variable, string>> {
  const folder = data.replace(/(?<=.)\/+$/, "");
  const at = (name: string) => (folder === "/" ? `/${name}` : `${folder}/${name}`);
  const pipe = `\\\\.\\pipe\\orchard-${Bun.hash(resolve(folder)).toString(36)}`;
  return {
    DATABASE_URL: `file:${at("orchard.db").replaceAll("%", "%25").replaceAll("?", "%3F")}`,
    UPLOADS_DIR: at("uploads"),
    SOCKET: process.platform === "win32" ? pipe : at("orchard.sock"),
  };
}

function isRate(text: string): boolean {
  const [, burst, per_s] = /^(\d{1,9})\/(\d{1,9}(?:\.\d{1,6})?)$/.exec(text) ?? [];
  return Number(burst) >= 1 && Number(per_s) > 0;
}

/** What looks like an IPv4 address has to be one. */
function isHost(text: string): boolean {
  return isIP(text) !== 0 || (/^[A-Za-z0-9.-]+$/.test(text) && !/^[\d.]+$/.test(text));
}

function isPublicUrl(text: string): boolean {
  return text === "" || (/^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/.test(text) && URL.canParse(text));
}

function isWebOrigin(text: string): boolean {
  return /^https?:\/\/[^/@]+\/?$/.test(text) && URL.canParse(text);
}

function readRates(text: (name: Variable) => string): Rates {
  const read = (name: Variable): Rate => {
    const [burst, per_s] = text(name).split("/").map(Number);
    return { burst: burst ?? 0, per_s: per_s ?? 0 };
  };
  return {
    session_requests: read("RATE_SESSION"),
    session_refusals: read("RATE_REFUSALS"),
    user_requests: read("RATE_USER"),
    address_requests: read("RATE_ADDRESS"),
    http_per_address: read("RATE_HTTP"),
    connects_per_address: read("RATE_CONNECT"),
    login_per_name: read("RATE_LOGIN_NAME"),
    login_per_address: read("RATE_LOGIN_ADDRESS"),
    register_per_address: read("RATE_REGISTER"),
    uploads_per_user: read("RATE_UPLOAD"),
    upload_misses_per_address: read("RATE_UPLOAD_MISS"),
  };
}

function readNetworks(text: string, fault: (name: Variable, wanted: string) => void): Network[] {
  const networks = text === "" ? [] : text.split(",").map((one) => parseNetwork(one.trim()));
  if (networks.includes(null)) fault("TRUSTED_PROXIES", "wants addresses and networks, separated by commas");
  return networks.filter((network) => network !== null);
}

function readTls(cert_path: string, key_path: string, fault: (name: Variable, wanted: string) => void): Config["tls"] {
  if (!cert_path && !key_path) return null;
  if (!key_path) fault("TLS_KEY", "is wanted where ORCHARD_TLS_CERT is set");
  if (!cert_path) fault("TLS_CERT", "is wanted where ORCHARD_TLS_KEY is set");
  if (!cert_path || !key_path) return null;
  const read = readCertificate({ cert_path, key_path });
  if (!read.ok && read.faults.cert) fault("TLS_CERT", read.faults.cert);
  if (!read.ok && read.faults.key) fault("TLS_KEY", read.faults.key);
  return { cert_path, key_path };
}

/** All of what a bucket needs, or none. */
function readBucket(
  raw: (name: Variable) => string,
  fault: (name: Variable, wanted: string) => void,
): BucketSettings | null {
  const needed = ["S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"] as const;
  const [endpoint, name, access_key_id, secret_access_key] = needed.map(raw);
  if (!endpoint && !name && !access_key_id && !secret_access_key) return null;
  for (const variable of needed.filter((one) => !raw(one))) fault(variable, "is wanted where the others of S3 are set");
  if (endpoint && !isWebOrigin(endpoint)) fault("S3_ENDPOINT", "wants an http:// or https:// URL without a path");
  if (name && !/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i.test(name)) fault("S3_BUCKET", "wants the name of a bucket");
  if (!endpoint || !name || !access_key_id || !secret_access_key) return null;
  return { endpoint, name, region: raw("S3_REGION"), access_key_id, secret_access_key };
}

function readOrigins(text: string, fault: (name: Variable, wanted: string) => void): Config["allowed_origins"] {
  if (text === "*") return "*";
  const origins = text.split(",").map((origin) => origin.trim());
  const bad = origins.filter((origin) => !isOriginPattern(origin));
  if (bad.length > 0) {
    const named = bad.map((origin) => JSON.stringify(origin)).join(", ");
    const wanted = "https://chat.example.org, https://*.example.org or capacitor://localhost, without a path";
    fault("ALLOWED_ORIGINS", `${named} is none: wants \`*\` alone, or origins such as ${wanted}, separated by commas`);
  }
  return origins;
}
