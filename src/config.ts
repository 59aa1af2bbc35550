// The only reader of the environment: from variables to one typed configuration. All faults are reported at once, and
// nothing else in the program looks at the environment.

import { accessSync, constants } from "node:fs";
import { isIP } from "node:net";
import { type LogLevel, log_levels } from "./telemetry/log.ts";
import type { BucketSettings } from "./uploads/bucket.ts";

export interface Config {
  host: string;
  /** 0 picks a free one. */
  port: number;
  database_url: string;
  database_auth_token: string | null;
  uploads_dir: string;
  /** Null: uploads are kept in `uploads_dir`. */
  uploads_bucket: BucketSettings | null;
  presence_grace_ms: number;
  rate_limits: boolean;
  /** Null: made at the first start and kept in the database. */
  jwt_secret: string | null;
  tls: { cert_path: string; key_path: string } | null;
  /** `*`, or the origins whose pages may use the server. */
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

/** One variable: its name without the prefix, what stands when it is absent, and a line for `--help` and the README. */
export const variables = {
  HOST: { default: "0.0.0.0", doc: "Address to listen on" },
  PORT: { default: "3000", doc: "Port to listen on; 0 picks a free one" },
  DATABASE_URL: {
    default: "file:./data/orchard.db",
    doc: "`file:` path, or a `libsql://`, `http(s)://` URL of a remote libSQL server",
  },
  DATABASE_AUTH_TOKEN: { default: "", doc: "Token for a remote database" },
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
  RATE_LIMITS: { default: "on", doc: "`on`, or `off` for load tests" },
  JWT_SECRET: {
    default: "",
    doc: "Secret that signs tokens, 32 characters at least; made and kept in the database if absent",
  },
  TLS_CERT: { default: "", doc: "Path of a PEM certificate chain; with it the server speaks https and wss" },
  TLS_KEY: { default: "", doc: "Path of the certificate's PEM key" },
  ALLOWED_ORIGINS: { default: "*", doc: "Origins whose pages may use the server, separated by commas; `*` for any" },
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
} as const satisfies Record<string, { default: string; doc: string }>;

const DAY_MS = 24 * 60 * 60 * 1000;
const PREFIX = "ORCHARD_";
type Variable = keyof typeof variables;

/** Reads the configuration. An empty variable counts as absent. */
export function readConfig(environment: Environment = process.env): ConfigResult {
  const faults: string[] = [];
  const raw = (name: Variable) => environment[`${PREFIX}${name}`]?.trim() || variables[name].default;
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
    database_url: text(
      "DATABASE_URL",
      isDatabaseUrl,
      "wants a file:, libsql://, http://, https://, ws:// or wss:// URL",
    ),
    database_auth_token: raw("DATABASE_AUTH_TOKEN") || null,
    uploads_dir: raw("UPLOADS_DIR"),
    uploads_bucket: readBucket(raw, fault),
    presence_grace_ms: whole("PRESENCE_GRACE_MS", 0, 3_600_000),
    rate_limits: choice("RATE_LIMITS", ["on", "off"]) === "on",
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

function isDatabaseUrl(text: string): boolean {
  if (text.startsWith("file:")) return text.length > "file:".length;
  return /^(libsql|https?|wss?):\/\/[^/]/.test(text) && URL.canParse(text);
}

/** What looks like an IPv4 address has to be one. */
function isHost(text: string): boolean {
  return isIP(text) !== 0 || (/^[A-Za-z0-9.-]+$/.test(text) && !/^[\d.]+$/.test(text));
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function readTls(cert_path: string, key_path: string, fault: (name: Variable, wanted: string) => void): Config["tls"] {
  if (cert_path && !isReadable(cert_path)) fault("TLS_CERT", "names no file that can be read");
  if (key_path && !isReadable(key_path)) fault("TLS_KEY", "names no file that can be read");
  if (cert_path && key_path) return { cert_path, key_path };
  if (cert_path) fault("TLS_KEY", "is wanted where ORCHARD_TLS_CERT is set");
  if (key_path) fault("TLS_CERT", "is wanted where ORCHARD_TLS_KEY is set");
  return null;
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

function isWebOrigin(text: string): boolean {
  return /^https?:\/\/[^/@]+\/?$/.test(text) && URL.canParse(text);
}

function readOrigins(text: string, fault: (name: Variable, wanted: string) => void): Config["allowed_origins"] {
  if (text === "*") return "*";
  const origins = text.split(",").map((origin) => origin.trim());
  const good = (origin: string) => URL.canParse(origin) && new URL(origin).origin === origin;
  if (!origins.every(good))
    fault("ALLOWED_ORIGINS", "wants origins such as https://chat.example.org, separated by commas");
  return origins;
}
