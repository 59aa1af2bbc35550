import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../package.json";
import { Program } from "../scripts/program.ts";
import { type Config, readConfig } from "../src/config.ts";
import { variables } from "../src/variables.ts";
import { program } from "./harness/program.ts";

const defaults: Config = {
  host: "0.0.0.0",
  port: 3000,
  public_url: null,
  data_dir: "./data",
  socket_path: "./data/orchard.sock",
  database_url: "file:./data/orchard.db",
  database_auth_token: null,
  cluster: null,
  database_unsafe: false,
  uploads_dir: "./data/uploads",
  uploads_bucket: null,
  presence_grace_ms: 5000,
  rate_limits: true,
  rates: {
    session_requests: { burst: 600, per_s: 60 },
    session_refusals: { burst: 100, per_s: 1 },
    user_requests: { burst: 2_400, per_s: 240 },
    address_requests: { burst: 60_000, per_s: 6_000 },
    http_per_address: { burst: 10_000, per_s: 1_000 },
    connects_per_address: { burst: 2_000, per_s: 50 },
    login_per_name: { burst: 10, per_s: 0.2 },
    login_per_address: { burst: 120, per_s: 2 },
    register_per_address: { burst: 120, per_s: 0.5 },
    mails_per_person: { burst: 5, per_s: 0.002 },
    mail_asks_per_address: { burst: 30, per_s: 0.05 },
    uploads_per_user: { burst: 30, per_s: 0.2 },
    webhook_messages: { burst: 30, per_s: 0.5 },
    upload_misses_per_address: { burst: 300, per_s: 1 },
    invite_misses_per_address: { burst: 60, per_s: 0.5 },
  },
  bounds: {
    connections_per_address: 1_000,
    sessions_per_user: 32,
    topics_per_session: 20_000,
    frame_length: 65_536,
    frame_depth: 32,
    socket_backpressure_bytes: 1_048_576,
    sockets_backpressure_bytes: 134_217_728,
    socket_idle_s: 50,
    http_idle_s: 30,
    upload_bytes: 26_214_400,
  },
  trusted_proxies: [],
  jwt_secret: null,
  tls: null,
  allowed_origins: "*",
  password_memory_kib: 19456,
  registration: "open",
  fixed_settings: {},
  smtp: null,
  push_allow_private: false,
  push_gathering_ms: 300,
  tombstone_age_ms: 365 * 24 * 60 * 60 * 1000,
  retention_days: "0",
  upload_quota: "2147483648",
  log_level: "info",
};

const bucket = {
  ORCHARD_S3_ENDPOINT: "http://127.0.0.1:9000",
  ORCHARD_S3_BUCKET: "orchard",
  ORCHARD_S3_ACCESS_KEY_ID: "key",
  ORCHARD_S3_SECRET_ACCESS_KEY: "hunter2",
};

const { rates, bounds } = defaults;

const names = Object.keys(variables).map((name) => `ORCHARD_${name}`);

/** What lies below the folder of all that is kept. */
const below = (folder: string) => ({
  ...{ database_url: `file:${folder}/orchard.db`, uploads_dir: `${folder}/uploads` },
  data_dir: folder,
  socket_path: `${folder}/orchard.sock`,
});

/** What these variables change of the defaults; throws the faults. */
function read(environment: Record<string, string>): Partial<Config> {
  const result = readConfig(environment);
  if (!result.ok) throw new Error(result.faults.join("; "));
  const changed = Object.entries(result.config).filter(
    ([name, value]) => !Bun.deepEquals(value, defaults[name as keyof Config]),
  );
  return Object.fromEntries(changed);
}

function faults(environment: Record<string, string>): string[] {
  const result = readConfig(environment);
  return result.ok ? [] : result.faults;
}

describe("the defaults", () => {
  test("stand in an empty environment", () => {
    expect(readConfig({})).toEqual({ ok: true, config: defaults, unknown: [], idle: {} });
  });

  test("stand for variables that are empty or blank", () => {
    for (const blank of ["", "  "]) expect(read(Object.fromEntries(names.map((name) => [name, blank])))).toEqual({});
  });

  test("stand whatever else is in the environment", () => {
    expect(readConfig({ PORT: "80", HOST: "example.org", orchard_port: "80", PATH: "/bin" })).toEqual({
      ok: true,
      config: defaults,
      unknown: [],
      idle: {},
    });
  });
});

describe("a good value", () => {
  const good: [string, string, Partial<Config>][] = [
    ["HOST", "127.0.0.1", { host: "127.0.0.1" }],
    ["HOST", "::1", { host: "::1" }],
    ["HOST", "localhost", { host: "localhost" }],
    ["PORT", "0", { port: 0 }],
    ["PORT", "65535", { port: 65_535 }],
    ["PORT", " 8080 ", { port: 8080 }],
    ["DATA", "/srv/a?b%", { ...below("/srv/a?b%"), database_url: "file:/srv/a%3Fb%25/orchard.db" }],
    ["DATA", "/srv/orchard/", { ...below("/srv/orchard"), data_dir: "/srv/orchard/" }],
    ["DATA", "./data", {}],
    [
      "DATA",
      "/",
      { data_dir: "/", database_url: "file:/orchard.db", uploads_dir: "/uploads", socket_path: "/orchard.sock" },
    ],
    ["SOCKET", "/run/orchard.sock", { socket_path: "/run/orchard.sock" }],
    ["DATABASE_URL", "file:/var/lib/orchard.db", { database_url: "file:/var/lib/orchard.db" }],
    ["DATABASE_URL", "file:/srv/data#1/orchard.db", { database_url: "file:/srv/data#1/orchard.db" }],
    ["DATABASE_URL", "libsql://db.example.org", { database_url: "libsql://db.example.org" }],
    ["DATABASE_URL", "http://127.0.0.1:8081", { database_url: "http://127.0.0.1:8081" }],
    ["DATABASE_URL", "https://db.example.org", { database_url: "https://db.example.org" }],
    ["DATABASE_AUTH_TOKEN", "abc", { database_auth_token: "abc" }],
    ["DATABASE_UNSAFE", "on", { database_unsafe: true }],
    ["UPLOADS_DIR", "/var/lib/uploads", { uploads_dir: "/var/lib/uploads" }],
    ["UPLOADS_SHARED", "on", {}],
    ["CLUSTER_NAME", "other", {}],
    ["CLUSTER_CREDS", "/etc/orchard.nkey", {}],
    ["CLUSTER_CA", "/etc/ca.pem", {}],
    ["CLUSTER_ADDRESS", ":3001", {}],
    ["S3_REGION", "eu-central-1", {}],
    ["PRESENCE_GRACE_MS", "0", { presence_grace_ms: 0 }],
    ["RETENTION_DAYS", "7", { retention_days: "7", fixed_settings: { retention_days: "7" } }],
    ["UPLOAD_QUOTA", "1000000", { upload_quota: "1000000", fixed_settings: { upload_quota: "1000000" } }],
    ["TOMBSTONE_DAYS", "1", { tombstone_age_ms: 24 * 60 * 60 * 1000 }],
    ["RATE_LIMITS", "off", { rate_limits: false }],
    ["RATE_SESSION", "5/0.5", { rates: { ...rates, session_requests: { burst: 5, per_s: 0.5 } } }],
    ["RATE_REFUSALS", "1/1", { rates: { ...rates, session_refusals: { burst: 1, per_s: 1 } } }],
    ["RATE_USER", "1/1", { rates: { ...rates, user_requests: { burst: 1, per_s: 1 } } }],
    ["RATE_ADDRESS", "1/1", { rates: { ...rates, address_requests: { burst: 1, per_s: 1 } } }],
    ["RATE_HTTP", "1/1", { rates: { ...rates, http_per_address: { burst: 1, per_s: 1 } } }],
    ["RATE_CONNECT", "1/1", { rates: { ...rates, connects_per_address: { burst: 1, per_s: 1 } } }],
    ["RATE_LOGIN_NAME", "1/0.01", { rates: { ...rates, login_per_name: { burst: 1, per_s: 0.01 } } }],
    ["RATE_LOGIN_ADDRESS", "1/1", { rates: { ...rates, login_per_address: { burst: 1, per_s: 1 } } }],
    ["RATE_REGISTER", "1/1", { rates: { ...rates, register_per_address: { burst: 1, per_s: 1 } } }],
    ["RATE_MAIL", "1/1", { rates: { ...rates, mails_per_person: { burst: 1, per_s: 1 } } }],
    ["RATE_MAIL_ADDRESS", "1/1", { rates: { ...rates, mail_asks_per_address: { burst: 1, per_s: 1 } } }],
    ["RATE_INVITE_MISS", "9/2", { rates: { ...rates, invite_misses_per_address: { burst: 9, per_s: 2 } } }],
    ["RATE_WEBHOOK", "9/2", { rates: { ...rates, webhook_messages: { burst: 9, per_s: 2 } } }],
    ["RATE_UPLOAD_MISS", "9/2", { rates: { ...rates, upload_misses_per_address: { burst: 9, per_s: 2 } } }],
    ["PUBLIC_URL", "https://example.org", { public_url: "https://example.org" }],
    ["PUBLIC_URL", "http://example.org:8080/", { public_url: "http://example.org:8080" }],
    ["PUBLIC_URL", "https://example.org/a/b//", { public_url: "https://example.org/a/b" }],
    ["MAX_UPLOAD_BYTES", "1024", { bounds: { ...bounds, upload_bytes: 1_024 } }],
    ["MAX_UPLOAD_BYTES", "4294967296", { bounds: { ...bounds, upload_bytes: 4_294_967_296 } }],
    ["HTTP_IDLE_S", "5", { bounds: { ...bounds, http_idle_s: 5 } }],
    ["HTTP_IDLE_S", "255", { bounds: { ...bounds, http_idle_s: 255 } }],
    ["RATE_UPLOAD", "1/1", { rates: { ...rates, uploads_per_user: { burst: 1, per_s: 1 } } }],
    ["MAX_ADDRESS_SOCKETS", "1", { bounds: { ...bounds, connections_per_address: 1 } }],
    ["MAX_USER_SESSIONS", "1", { bounds: { ...bounds, sessions_per_user: 1 } }],
    ["MAX_SESSION_TOPICS", "1", { bounds: { ...bounds, topics_per_session: 1 } }],
    ["MAX_FRAME_LENGTH", "1024", { bounds: { ...bounds, frame_length: 1024 } }],
    ["MAX_FRAME_DEPTH", "8", { bounds: { ...bounds, frame_depth: 8 } }],
    ["MAX_QUEUED_BYTES", "131072", { bounds: { ...bounds, socket_backpressure_bytes: 131_072 } }],
    ["MAX_TOTAL_QUEUED_BYTES", "1048576", { bounds: { ...bounds, sockets_backpressure_bytes: 1_048_576 } }],
    ["SOCKET_IDLE_S", "10", { bounds: { ...bounds, socket_idle_s: 10 } }],
    ["TRUSTED_PROXIES", "::1", { trusted_proxies: [{ address: "::1", prefix: 128, family: "ipv6" }] }],
    [
      "TRUSTED_PROXIES",
      "127.0.0.1, 10.0.0.0/8",
      {
        trusted_proxies: [
          { address: "127.0.0.1", prefix: 32, family: "ipv4" },
          { address: "10.0.0.0", prefix: 8, family: "ipv4" },
        ],
      },
    ],
    ["JWT_SECRET", "x".repeat(32), { jwt_secret: "x".repeat(32) }],
    ["ALLOWED_ORIGINS", "https://a.example", { allowed_origins: ["https://a.example"] }],
    ["ALLOWED_ORIGINS", "https://a.example, http://b:81", { allowed_origins: ["https://a.example", "http://b:81"] }],
    [
      "ALLOWED_ORIGINS",
      "capacitor://localhost,tauri://localhost,https://*.example.org",
      { allowed_origins: ["capacitor://localhost", "tauri://localhost", "https://*.example.org"] },
    ],
    ["PASSWORD_MEMORY_KIB", "1024", { password_memory_kib: 1024 }],
    ["REGISTRATION", "closed", { registration: "closed", fixed_settings: { registration: "closed" } }],
    ["REGISTRATION", "invite", { registration: "invite", fixed_settings: { registration: "invite" } }],
    ["PUSH_ALLOW_PRIVATE", "on", { push_allow_private: true }],
    ["LOG", "silent", { log_level: "silent" }],
    ["LOG", "trace", { log_level: "trace" }],
  ];
  test.each(good)("ORCHARD_%s=%s", (name, value, change) => {
    expect(read({ [`ORCHARD_${name}`]: value })).toEqual(change);
  });

  test("is tested for every variable", () => {
    const together = [
      ...["TLS_CERT", "TLS_KEY", "CLUSTER", "CLUSTER_CERT", "CLUSTER_KEY"],
      "SMTP_URL",
      "SMTP_FROM",
      ...Object.keys(bucket).map((name) => name.replace("ORCHARD_", "")),
    ];
    const tested = new Set([...good.map(([name]) => name), ...together]);
    expect(Object.keys(variables).filter((name) => !tested.has(name))).toEqual([]);
  });
});

test("what has a place of its own doesn't lie in the folder of all that is kept", () => {
  const places = { ORCHARD_DATABASE_URL: "file:/a.db", ORCHARD_UPLOADS_DIR: "/b", ORCHARD_SOCKET: "/c" };
  const config = { data_dir: "/srv", database_url: "file:/a.db", uploads_dir: "/b", socket_path: "/c" };
  expect(read({ ...places, ORCHARD_DATA: "/srv" })).toEqual(config);
});

describe("a bad value", () => {
  test.each([
    ["HOST", "not a host"],
    ["HOST", "999.1.1.1"],
    ["HOST", "http://localhost"],
    ["PORT", "banana"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "80.5"],
    ["PORT", "0x50"],
    ["PORT", "1e3"],
    ["DATABASE_URL", "orchard.db"],
    ["DATABASE_URL", "file:"],
    ["DATABASE_URL", "file:%"],
    ["DATABASE_URL", "file:./orchard.db?mode=ro"],
    ["DATABASE_URL", "file:./data/"],
    ["DATABASE_URL", "postgres://localhost"],
    ["DATABASE_URL", "libsql://"],
    ["UPLOADS_SHARED", "yes"],
    ["RETENTION_DAYS", "-1"],
    ["RETENTION_DAYS", "36501"],
    ["UPLOAD_QUOTA", "2 GiB"],
    ["TOMBSTONE_DAYS", "0"],
    ["TOMBSTONE_DAYS", "36501"],
    ["RATE_SESSION", "600"],
    ["RATE_USER", "0/1"],
    ["RATE_ADDRESS", "1/0"],
    ["RATE_CONNECT", "-1/1"],
    ["RATE_UPLOAD", "1/1/1"],
    ["MAX_ADDRESS_SOCKETS", "0"],
    ["MAX_FRAME_LENGTH", "262145"],
    ["MAX_FRAME_DEPTH", "7"],
    ["MAX_QUEUED_BYTES", "65536"],
    ["SOCKET_IDLE_S", "9"],
    ["MAX_UPLOAD_BYTES", "1023"],
    ["MAX_UPLOAD_BYTES", "25M"],
    ["MAX_UPLOAD_BYTES", "4294967297"],
    ["HTTP_IDLE_S", "4"],
    ["HTTP_IDLE_S", "256"],
    ["PUBLIC_URL", "example.org"],
    ["PUBLIC_URL", "ftp://example.org"],
    ["PUBLIC_URL", "https://"],
    ["PUBLIC_URL", "https://someone@example.org"],
    ["PUBLIC_URL", "https://example.org/?a"],
    ["PUBLIC_URL", "https://example.org/#a"],
    ["PUBLIC_URL", "https://example.org/a b"],
    ["TRUSTED_PROXIES", "proxy.example"],
    ["TRUSTED_PROXIES", "10.0.0.0/33"],
    ["TRUSTED_PROXIES", "10.0.0.0/8,"],
    ["PRESENCE_GRACE_MS", "5s"],
    ["PRESENCE_GRACE_MS", "-5"],
    ["PRESENCE_GRACE_MS", "999999999"],
    ["RATE_LIMITS", "yes"],
    ["RATE_LIMITS", "ON"],
    ["JWT_SECRET", "short"],
    ["JWT_SECRET", "x".repeat(31)],
    ["ALLOWED_ORIGINS", "example.org"],
    ["ALLOWED_ORIGINS", "https://a.*.example.org"],
    ["ALLOWED_ORIGINS", "wss://example.org"],
    ["ALLOWED_ORIGINS", "https://example.org/"],
    ["ALLOWED_ORIGINS", "https://example.org/path"],
    ["ALLOWED_ORIGINS", "https://a.example,*"],
    ["ALLOWED_ORIGINS", "https://a.example,,https://b.example"],
    ["PASSWORD_MEMORY_KIB", "1023"],
    ["PASSWORD_MEMORY_KIB", "19MiB"],
    ["REGISTRATION", "maybe"],
    ["PUSH_ALLOW_PRIVATE", "yes"],
    ["LOG", "verbose"],
    ["LOG", "constructor"],
  ])("ORCHARD_%s=%s is one fault that names it", (name, value) => {
    expect(faults({ [`ORCHARD_${name}`]: value })).toEqual([expect.stringMatching(new RegExp(`^ORCHARD_${name}: .`))]);
  });

  test("is named where it is one of several origins", () => {
    const [fault] = faults({ ORCHARD_ALLOWED_ORIGINS: "https://a.example, https://b.example/, *.c.example" });
    expect(fault).toContain('"https://b.example/" is none');
    expect(fault).toContain('"*.c.example" is none');
    expect(fault).not.toContain("https://a.example");
  });

  test.each([
    ["https://a.org:443", "https://a.org", "without the default port"],
    ["http://a.org:80", "http://a.org", "without the default port"],
    ["HTTPS://A.org", "https://a.org", "in small letters"],
    ["https://*.A.org", "https://*.a.org", "in small letters"],
    ["https://a.org/", "https://a.org", "without a path"],
    ["https://A.org:443/chat", "https://a.org", "in small letters, without the default port, without a path"],
  ])("of an origin is told how it is written: %s", (origin, written, why) => {
    const [fault] = faults({ ORCHARD_ALLOWED_ORIGINS: `https://good.example,${origin}` });
    expect(fault).toContain(`"${origin}" is none (write ${written}: ${why})`);
    expect(read({ ORCHARD_ALLOWED_ORIGINS: written })).toEqual({ allowed_origins: [written] });
  });

  test("of an origin with `*` beside it is told that `*` stands alone", () => {
    expect(faults({ ORCHARD_ALLOWED_ORIGINS: "*,https://a.org" }).join()).toContain("`*` stands alone");
    expect(faults({ ORCHARD_ALLOWED_ORIGINS: "https://" }).join()).toContain('"https://" is none: wants');
  });

  test("of several proxies is named", () => {
    const [fault] = faults({ ORCHARD_TRUSTED_PROXIES: "10.0.0.0/8, proxy.example,::1,10.0.0.0/33" });
    expect(fault).toContain('"proxy.example", "10.0.0.0/33" is none');
    expect(fault).not.toContain("::1");
  });

  test.each(["600", "600 / 60", "0/1", "1/0", "1.5/1", "1/1e3", "1/0.0000001"])(
    "of a rate is explained: %s",
    (value) => {
      const fault = faults({ ORCHARD_RATE_USER: value }).join();
      expect(fault).toContain("both above 0, without spaces, of nine digits at most");
    },
  );

  test("of a bucket's name is explained", () => {
    expect(faults({ ...bucket, ORCHARD_S3_BUCKET: "a" }).join()).toContain("3 to 63 letters, digits, dots");
  });

  test("is a total below what one may have", () => {
    const [one, all] = ["ORCHARD_MAX_QUEUED_BYTES", "ORCHARD_MAX_TOTAL_QUEUED_BYTES"];
    expect(faults({ [one]: "2097152", [all]: "2097151" })).toEqual([
      expect.stringMatching(/^ORCHARD_MAX_TOTAL_.*2097152$/),
    ]);
    expect(faults({ [one]: "2097152", [all]: "2097152" })).toEqual([]);
  });

  test("is not repeated in its fault where it may be a secret", () => {
    expect(faults({ ORCHARD_JWT_SECRET: "hunter2" }).join()).not.toContain("hunter2");
  });
});

test("all faults are reported at once", () => {
  const environment = {
    ORCHARD_PORT: "banana",
    ORCHARD_LOG: "loud",
    ORCHARD_TLS_KEY: import.meta.path,
    ORCHARD_RATE_LIMITS: "perhaps",
    ORCHARD_ALLOWED_ORIGINS: "nowhere",
  };
  const named = faults(environment).map((fault) => fault.split(":")[0]);
  expect(named.sort()).toEqual([
    "ORCHARD_ALLOWED_ORIGINS",
    "ORCHARD_LOG",
    "ORCHARD_PORT",
    "ORCHARD_RATE_LIMITS",
    "ORCHARD_TLS_CERT",
  ]);
});

const certificateFile = (name: string) => join(import.meta.dir, "routes/certificate", name);

test("a certificate and its key come together", () => {
  const [cert_path, key_path] = [certificateFile("cert.pem"), certificateFile("key.pem")];
  const [ORCHARD_TLS_CERT, ORCHARD_TLS_KEY] = [cert_path, key_path];
  expect(read({ ORCHARD_TLS_CERT, ORCHARD_TLS_KEY })).toEqual({ tls: { cert_path, key_path } });
  expect(faults({ ORCHARD_TLS_CERT })).toEqual([expect.stringMatching(/^ORCHARD_TLS_KEY: /)]);
  expect(faults({ ORCHARD_TLS_KEY })).toEqual([expect.stringMatching(/^ORCHARD_TLS_CERT: /)]);
});

test("a certificate and a key that can't be read are faults", () => {
  const environment = { ORCHARD_TLS_CERT: "no.pem", ORCHARD_TLS_KEY: "no.pem" };
  expect(faults(environment).map((fault) => fault.split(":")[0])).toEqual(["ORCHARD_TLS_CERT", "ORCHARD_TLS_KEY"]);
});

describe("a server for mail", () => {
  const url = "smtps://me:hunter2@mail.example.org:465";
  const public_url = "https://chat.example.org/orchard";
  const withUrl = { ORCHARD_SMTP_URL: url, ORCHARD_PUBLIC_URL: public_url };

  test("comes with where links lead to, and writes from there unless told otherwise", () => {
    expect(read(withUrl)).toEqual({ public_url, smtp: { url, from: "orchard@chat.example.org" } });
    const from = "chat@example.org";
    expect(read({ ...withUrl, ORCHARD_SMTP_FROM: from })).toEqual({ public_url, smtp: { url, from } });
    expect(faults({ ORCHARD_SMTP_URL: url })).toEqual([expect.stringMatching(/^ORCHARD_SMTP_URL: .*PUBLIC_URL/)]);
    expect(faults({ ORCHARD_SMTP_FROM: from })).toEqual([expect.stringMatching(/^ORCHARD_SMTP_FROM: /)]);
  });

  test.each(["mail.example.org", "https://mail.example.org", "smtp://", "smtp://mail.example.org/hunter2", "hunter2"])(
    "at %s is a fault that doesn't repeat it",
    (ORCHARD_SMTP_URL) => {
      const found = faults({ ...withUrl, ORCHARD_SMTP_URL });
      expect(found).toEqual([expect.stringMatching(/^ORCHARD_SMTP_URL: /)]);
      expect(found.join()).not.toContain("hunter2");
    },
  );

  test.each(["orchard", "a@b, c@d", "Orchard <a@b>"])("writes from no %s", (ORCHARD_SMTP_FROM) => {
    const found = faults({ ...withUrl, ORCHARD_SMTP_FROM });
    expect(found).toEqual([expect.stringMatching(/^ORCHARD_SMTP_FROM: /)]);
  });
});

describe("a bucket for uploads", () => {
  const settings = { endpoint: "http://127.0.0.1:9000", name: "orchard", access_key_id: "key" };

  test("comes whole", () => {
    const uploads_bucket = { ...settings, secret_access_key: "hunter2", region: "us-east-1" };
    expect(read(bucket)).toEqual({ uploads_bucket });
    const elsewhere = { uploads_bucket: { ...uploads_bucket, region: "eu-central-1" } };
    expect(read({ ...bucket, ORCHARD_S3_REGION: "eu-central-1" })).toEqual(elsewhere);
  });

  test.each(Object.keys(bucket))("or is a fault that names %s", (missing) => {
    const found = faults({ ...bucket, [missing]: "" });
    expect(found).toEqual([expect.stringMatching(new RegExp(`^${missing}: `))]);
    expect(found.join()).not.toContain("hunter2");
  });

  test.each([
    ["ORCHARD_S3_ENDPOINT", "minio:9000"],
    ["ORCHARD_S3_ENDPOINT", "ftp://minio"],
    ["ORCHARD_S3_ENDPOINT", "https://"],
    ["ORCHARD_S3_ENDPOINT", "https://minio/orchard"],
    ["ORCHARD_S3_ENDPOINT", "https://user:hunter2@minio"],
    ["ORCHARD_S3_BUCKET", "a/b"],
    ["ORCHARD_S3_BUCKET", ".."],
  ])("has no %s=%s", (name, value) => {
    const found = faults({ ...bucket, [name]: value });
    expect(found).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
    expect(found.join()).not.toContain("hunter2");
  });
});

test("a misspelt variable is found, and stops nothing", () => {
  const result = readConfig({ ORCHARD_PROT: "80", ORCHARD_: "x", ORCHARD_toString: "x", ORCHARDS: "x" });
  expect(result).toMatchObject({ ok: true, unknown: ["ORCHARD_PROT", "ORCHARD_", "ORCHARD_toString"] });
});

describe("a variable that is set without effect", () => {
  const idle = (environment: Record<string, string>) => {
    const result = readConfig(environment);
    return result.ok ? result.idle : result.faults;
  };

  test("is told with the reason", () => {
    const of_server = { ORCHARD_DATABASE_AUTH_TOKEN: "hunter2", ORCHARD_DATABASE_UNSAFE: "on" };
    const is_file = "the database is a file";
    expect(idle(of_server)).toEqual({ ORCHARD_DATABASE_AUTH_TOKEN: is_file, ORCHARD_DATABASE_UNSAFE: is_file });
    expect(idle({ ...of_server, ORCHARD_DATABASE_URL: "http://127.0.0.1:8080" })).toEqual({});
    expect(idle({ ORCHARD_S3_REGION: "eu-central-1" })).toEqual({ ORCHARD_S3_REGION: "there is no bucket" });
    expect(idle({ ...bucket, ORCHARD_S3_REGION: "eu-central-1" })).toEqual({});
    expect(idle({ ...bucket, ORCHARD_UPLOADS_DIR: "uploads" })).toEqual({ ORCHARD_UPLOADS_DIR: "there is a bucket" });
    expect(idle({ ORCHARD_UPLOADS_SHARED: "on", ORCHARD_CLUSTER_NAME: "a" })).toEqual({
      ...{ ORCHARD_UPLOADS_SHARED: "ORCHARD_CLUSTER is not set", ORCHARD_CLUSTER_NAME: "ORCHARD_CLUSTER is not set" },
    });
  });

  test("is none that says what holds anyhow", () => {
    expect(idle({ ORCHARD_DATABASE_UNSAFE: "off", ORCHARD_UPLOADS_DIR: "uploads", ORCHARD_S3_REGION: " " })).toEqual(
      {},
    );
  });
});

test("the tables of docs/configuration.md are the help's, in its order", async () => {
  const text = await Bun.file(join(import.meta.dir, "../docs/configuration.md")).text();
  const rows = [...text.matchAll(/^\| `ORCHARD_(\w+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(([, ...cells]) => cells);
  const wanted = Object.entries(variables).map(([name, { default: standing, doc }]) => [
    ...[name, standing === "" ? "" : `\`${standing}\``, doc],
  ]);
  expect(rows.map((cells) => cells.map((cell) => cell?.trim()))).toEqual(wanted);
});

describe("the program", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("ends with code 2 and every fault on stderr, having touched nothing", async () => {
    const bad = { ORCHARD_PORT: "banana", ORCHARD_LOG: "loud", ORCHARD_TLS_CERT: "cert.pem" };
    const ending = await Program.run(program, folder, bad);
    expect(ending.exitCode).toBe(2);
    for (const name of ["ORCHARD_PORT", "ORCHARD_LOG", "ORCHARD_TLS_KEY"]) expect(ending.stderr).toContain(`${name}: `);
    expect(ending.stdout).toBe("");
    expect(await readdir(folder)).toEqual([]);
  });

  test("environment names every variable, and --help says so", async () => {
    const help = await Program.run([...program, "--help"], folder);
    expect({ ...help, stdout: "" }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(help.stdout).toContain("orchard environment");
    const ending = await Program.run([...program, "environment"], folder);
    expect({ ...ending, stdout: "" }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    const columns = names.map((name) => ending.stdout.match(new RegExp(`^  ${name} +`, "m"))?.[0].length);
    expect([...new Set(columns)]).toEqual([Math.max(...names.map((name) => name.length)) + 4]);
  });

  test("--version is the package's", async () => {
    const ending = await Program.run([...program, "--version"], folder);
    expect(ending).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("ends with code 2 at an argument that it doesn't know", async () => {
    const ending = await Program.run([...program, "--prot=80"], folder);
    expect(ending.exitCode).toBe(2);
    expect(ending.stderr).toContain("'--prot=80'");
    expect(ending.stderr).toContain("See orchard --help");
    expect(ending.stderr.trim().split("\n")).toHaveLength(2);
  });

  test("ends with code 2 and a reason where its files can't be used", async () => {
    const database = { ORCHARD_PORT: "0", ORCHARD_DATABASE_URL: "file:/dev/null/orchard.db" };
    const ending = await Program.run(program, folder, database);
    expect(ending.exitCode).toBe(2);
    expect(ending.stdout).toBe("");
    expect(ending.stderr).toContain("can't start");
    const certificate = { ORCHARD_PORT: "0", ORCHARD_TLS_CERT: import.meta.path, ORCHARD_TLS_KEY: import.meta.path };
    const without = await Program.run(program, folder, certificate);
    expect(without.exitCode).toBe(2);
    for (const name of ["ORCHARD_TLS_CERT", "ORCHARD_TLS_KEY"]) {
      expect(without.stderr).toContain(`${name}: ${import.meta.path} holds no`);
    }
  });
});
