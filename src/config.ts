// The only reader of the environment: from variables to one typed configuration. All faults are reported at once, and
// nothing else in the program looks at the environment.

import { isIP } from "node:net";
import { resolve } from "node:path";
import { type MailSettings, readMail } from "./accounts/mail/settings.ts";
import { type ClusterSettings, readCluster } from "./cluster/settings.ts";
import { databaseUrlFault } from "./db/engine/database-path.ts";
import type { SettingTexts } from "./domain/instance-settings.ts";
import { type Bounds, limits, type Rate, type Rates } from "./domain/limits.ts";
import { DAY_MS } from "./domain/moments.ts";
import { type CertificatePaths, readCertificate } from "./routes/certificate.ts";
import { type Network, parseNetwork } from "./routes/client-address.ts";
import { isOriginPattern, patternFault } from "./routes/origins.ts";
import { type LogLevel, log_levels } from "./telemetry/log.ts";
import type { BucketSettings } from "./uploads/bucket.ts";
import { PREFIX, type RangedVariable, type Variable, variables } from "./variables.ts";

export interface Config {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** Without a slash at its end; null: clients are given paths. */
  public_url: string | null;
  data_dir: string;
  /** Where the command line finds the server; on Windows the name of a pipe. */
  socket_path: string;
  database_url: string;
  database_auth_token: string | null;
  /** Through what this process is one node of several; null where it is alone. */
  cluster: ClusterSettings | null;
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
  registration: "open" | "invite" | "closed";
  /** Settings that the environment says, and nobody else may. */
  fixed_settings: SettingTexts;
  /** Null: no mail is sent. Where it isn't, there is a `public_url`. */
  smtp: MailSettings | null;
  /** Pushes may go to this machine. */
  push_allow_private: boolean;
  /** How long it is waited for more of what is said, before it is looked at who is told. No variable says it. */
  push_gathering_ms: number;
  /** How long what was deleted is kept as a tombstone, for clients that were away. */
  tombstone_age_ms: number;
  /** Days for which messages are kept, 0 for ever, and bytes of uploads that one user may have: settings, as texts. */
  retention_days: string;
  upload_quota: string;
  log_level: LogLevel;
}

export type ConfigResult =
  /**
   * `unknown`: variables that begin like ours but mean nothing here, likely misspelt. `idle`: variables that are set
   * without effect, each with the reason.
   */
  { ok: true; config: Config; unknown: string[]; idle: Record<string, string> } | { ok: false; faults: string[] };

type Environment = Readonly<Record<string, string | undefined>>;

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
  const whole = (name: RangedVariable) => {
    const { least, most } = variables[name];
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
  const readPair = (cert: Variable, key: Variable) => readTls([cert, key], raw, fault);

  const public_url =
    text("PUBLIC_URL", isPublicUrl, "wants an http:// or https:// URL, with a path or without").replace(/\/+$/, "") ||
    null;
  const config: Config = {
    host: text("HOST", isHost, "wants an address or a host name"),
    port: whole("PORT"),
    public_url,
    ...{ data_dir: raw("DATA"), socket_path: raw("SOCKET") },
    database_url: text(
      "DATABASE_URL",
      (t) => databaseUrlFault(t) === null,
      databaseUrlFault(raw("DATABASE_URL")) ?? "",
    ),
    database_auth_token: raw("DATABASE_AUTH_TOKEN") || null,
    cluster: readCluster(raw, readPair, fault),
    database_unsafe: choice("DATABASE_UNSAFE", ["on", "off"]) === "on",
    uploads_dir: raw("UPLOADS_DIR"),
    uploads_bucket: readBucket(raw, fault),
    presence_grace_ms: whole("PRESENCE_GRACE_MS"),
    rate_limits: choice("RATE_LIMITS", ["on", "off"]) === "on",
    rates: readRates((name) => text(name, isRate, RATE_WANTED)),
    bounds: readBounds(whole),
    trusted_proxies: readNetworks(raw("TRUSTED_PROXIES"), fault),
    jwt_secret: text("JWT_SECRET", (t) => t === "" || t.length >= 32, "wants 32 characters at least") || null,
    tls: readPair("TLS_CERT", "TLS_KEY"),
    allowed_origins: readOrigins(raw("ALLOWED_ORIGINS"), fault),
    password_memory_kib: whole("PASSWORD_MEMORY_KIB"),
    registration: choice("REGISTRATION", ["open", "invite", "closed"]),
    fixed_settings: fixedSettings(given),
    smtp: readMail({ url: raw("SMTP_URL"), from: raw("SMTP_FROM"), public_url }, fault),
    push_allow_private: choice("PUSH_ALLOW_PRIVATE", ["on", "off"]) === "on",
    push_gathering_ms: limits.push_gathering_ms,
    tombstone_age_ms: whole("TOMBSTONE_DAYS") * DAY_MS,
    ...{ retention_days: String(whole("RETENTION_DAYS")), upload_quota: String(whole("UPLOAD_QUOTA")) },
    log_level: choice("LOG", log_levels),
  };
  const { socket_backpressure_bytes: of_one, sockets_backpressure_bytes: of_all } = config.bounds;
  if (of_all < of_one) fault("MAX_TOTAL_QUEUED_BYTES", `wants as much at least as one reader may have, ${of_one}`);
  if (faults.length > 0) return { ok: false, faults };
  const known = (name: string) => Object.hasOwn(variables, name.slice(PREFIX.length));
  const unknown = Object.keys(environment).filter((name) => name.startsWith(PREFIX) && !known(name));
  return { ok: true, config, unknown, idle: idleOf(config, (name) => given(name) !== null) };
}

/** What the environment says of what may be set otherwise while the server runs. */
function fixedSettings(given: (name: Variable) => string | null): SettingTexts {
  const of = { registration: "REGISTRATION", retention_days: "RETENTION_DAYS", upload_quota: "UPLOAD_QUOTA" } as const;
  const all = Object.entries(of).map(([name, variable]) => [name, given(variable)] as const);
  return Object.fromEntries(all.filter(([, text]) => text !== null));
}

function readBounds(whole: (name: RangedVariable) => number): Bounds {
  return {
    connections_per_address: whole("MAX_ADDRESS_SOCKETS"),
    sessions_per_user: whole("MAX_USER_SESSIONS"),
    topics_per_session: whole("MAX_SESSION_TOPICS"),
    frame_length: whole("MAX_FRAME_LENGTH"),
    frame_depth: whole("MAX_FRAME_DEPTH"),
    socket_backpressure_bytes: whole("MAX_QUEUED_BYTES"),
    sockets_backpressure_bytes: whole("MAX_TOTAL_QUEUED_BYTES"),
    socket_idle_s: whole("SOCKET_IDLE_S"),
    http_idle_s: whole("HTTP_IDLE_S"),
    upload_bytes: whole("MAX_UPLOAD_BYTES"),
  };
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

/** What is set without effect, where somebody may count on it. */
function idleOf(config: Config, isSet: (name: Variable) => boolean): Record<string, string> {
  const in_file = config.database_url.startsWith("file:") && "the database is a file";
  const is_alone = config.cluster === null && "ORCHARD_CLUSTER is not set";
  const of_cluster = (Object.keys(variables) as Variable[]).filter((name) => name.startsWith("CLUSTER_"));
  const reasons: [Variable, string | false][] = [
    ["DATABASE_AUTH_TOKEN", in_file],
    ["DATABASE_UNSAFE", config.database_unsafe && in_file],
    ["S3_REGION", !config.uploads_bucket && "there is no bucket"],
    ["UPLOADS_DIR", config.uploads_bucket !== null && "there is a bucket"],
    ["UPLOADS_SHARED", is_alone || (config.uploads_bucket !== null && "there is a bucket")],
    ...of_cluster.map((name): [Variable, string | false] => [name, is_alone]),
  ];
  const idle = reasons.filter(([name, reason]) => reason && isSet(name));
  return Object.fromEntries(idle.map(([name, reason]) => [`${PREFIX}${name}`, String(reason)]));
}

const RATE_WANTED =
  "wants tokens at most and tokens a second, such as 600/60 or 10/0.2: both above 0, without spaces, of nine digits at " +
  "most, the first a whole number, the second with six decimals at most";

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
    mails_per_person: read("RATE_MAIL"),
    mail_asks_per_address: read("RATE_MAIL_ADDRESS"),
    uploads_per_user: read("RATE_UPLOAD"),
    webhook_messages: read("RATE_WEBHOOK"),
    upload_misses_per_address: read("RATE_UPLOAD_MISS"),
    invite_misses_per_address: read("RATE_INVITE_MISS"),
  };
}

function readNetworks(text: string, fault: (name: Variable, wanted: string) => void): Network[] {
  const entries = text === "" ? [] : text.split(",").map((one) => one.trim());
  const bad = entries.filter((one) => parseNetwork(one) === null).map((one) => JSON.stringify(one));
  const wanted = "wants addresses and networks, such as 127.0.0.1, 10.0.0.0/8, separated by commas";
  if (bad.length > 0) fault("TRUSTED_PROXIES", `${bad.join(", ")} is none: ${wanted}`);
  return entries.map(parseNetwork).filter((network) => network !== null);
}

/** A certificate and its key: both, or neither. */
function readTls(
  [cert, key]: readonly [cert: Variable, key: Variable],
  raw: (name: Variable) => string,
  fault: (name: Variable, wanted: string) => void,
): Config["tls"] {
  const [cert_path, key_path] = [raw(cert), raw(key)];
  if (!cert_path && !key_path) return null;
  if (!key_path) fault(key, `is wanted where ${PREFIX}${cert} is set`);
  if (!cert_path) fault(cert, `is wanted where ${PREFIX}${key} is set`);
  if (!cert_path || !key_path) return null;
  const read = readCertificate({ cert_path, key_path });
  if (!read.ok && read.faults.cert) fault(cert, read.faults.cert);
  if (!read.ok && read.faults.key) fault(key, read.faults.key);
  return { cert_path, key_path };
}

const BUCKET_WANTED =
  "wants the name of a bucket: 3 to 63 letters, digits, dots, hyphens and underscores, the first and last a letter or digit";

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
  if (name && !/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i.test(name)) fault("S3_BUCKET", BUCKET_WANTED);
  if (!endpoint || !name || !access_key_id || !secret_access_key) return null;
  return { endpoint, name, region: raw("S3_REGION"), access_key_id, secret_access_key };
}

function readOrigins(text: string, fault: (name: Variable, wanted: string) => void): Config["allowed_origins"] {
  if (text === "*") return "*";
  const origins = text.split(",").map((origin) => origin.trim());
  const bad = origins.filter((origin) => !isOriginPattern(origin));
  if (bad.length > 0) {
    const named = bad.map((origin) => `${JSON.stringify(origin)} is none${patternFault(origin)}`).join(", ");
    const wanted = "https://chat.example.org, https://*.example.org or capacitor://localhost";
    fault("ALLOWED_ORIGINS", `${named}: wants \`*\` alone, or origins such as ${wanted}, separated by commas`);
  }
  return origins;
}
