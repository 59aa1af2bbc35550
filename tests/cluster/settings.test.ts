// What makes a process a node of a cluster, as it is configured, and what can't make one.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../src/config.ts";

const seed = `SU${"A".repeat(56)}`;
const certificates = join(import.meta.dir, "../routes/certificate");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-settings-"));
});
afterAll(() => rm(folder, { recursive: true }));

const node = {
  ORCHARD_CLUSTER: "nats://10.0.0.1:4222, tls://[::1]:4223",
  ORCHARD_DATABASE_URL: "http://10.0.0.1:8080",
  ORCHARD_UPLOADS_SHARED: "on",
};

function cluster(more: Record<string, string> = {}) {
  const read = readConfig({ ...node, ...more });
  return read.ok ? read.config.cluster : read.faults;
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test("three variables make a process a node", () => {
  expect(cluster()).toEqual({ servers: ["nats://10.0.0.1:4222", "tls://[::1]:4223"], name: "orchard" });
  expect(cluster({ ORCHARD_CLUSTER_NAME: "fruit-2_b" })).toMatchObject({ name: "fruit-2_b" });
  expect(readConfig({ ...node, ORCHARD_CLUSTER: "" })).toMatchObject({ ok: true, config: { cluster: null } });
});

test.each([
  ["10.0.0.1", { host: "10.0.0.1", port: 0 }],
  [":3001", { host: null, port: 3001 }],
  ["node-1.internal:3001", { host: "node-1.internal", port: 3001 }],
  ["[fd00::1]:3001", { host: "fd00::1", port: 3001 }],
  ["[fd00::1]", { host: "fd00::1", port: 0 }],
])("other nodes reach it at %s", (text, address) => {
  expect(cluster({ ORCHARD_CLUSTER_ADDRESS: text })).toMatchObject({ address });
});

test.each([
  "0.0.0.0",
  "[::]:3001",
  "10.0.0.256",
  "10.0.0.1:",
  ":0",
  ":65536",
  ":",
  "http://node-1",
  "fd00::1",
  "[node-1]",
])("nobody reaches it at %s", (text) => {
  const faults = [expect.stringMatching(/^ORCHARD_CLUSTER_ADDRESS: wants a name or address of this machine/)];
  expect(cluster({ ORCHARD_CLUSTER_ADDRESS: text })).toEqual(faults);
});

test("a bucket does where no folder is shared", () => {
  const bucket = {
    ...{ ORCHARD_S3_ENDPOINT: "http://10.0.0.1:9000", ORCHARD_S3_BUCKET: "orchard" },
    ...{ ORCHARD_S3_ACCESS_KEY_ID: "key", ORCHARD_S3_SECRET_ACCESS_KEY: "hunter2" },
  };
  expect(cluster({ ...bucket, ORCHARD_UPLOADS_SHARED: "" })).toMatchObject({ name: "orchard" });
});

test("credentials are a file of NATS' tools, or the seed of a user's nkey", async () => {
  const made = "-----BEGIN NATS USER JWT-----\na\n------END NATS USER JWT------\n-----BEGIN USER NKEY SEED-----\nb\n";
  for (const [name, text] of [["a.creds", made] as const, ["a.nkey", `${seed}\n`] as const]) {
    const creds = await file(name, text);
    expect(cluster({ ORCHARD_CLUSTER_CREDS: creds })).toMatchObject({ creds });
  }
});

test("TLS wants the authority, or a pair, or both", () => {
  const [ca, cert, key] = ["cert.pem", "cert.pem", "key.pem"].map((name) => join(certificates, name)) as [
    ...[string, string, string],
  ];
  expect(cluster({ ORCHARD_CLUSTER_CA: ca })).toMatchObject({ ca });
  expect(cluster({ ORCHARD_CLUSTER_CERT: cert, ORCHARD_CLUSTER_KEY: key })).toMatchObject({ cert, key });
  expect(cluster({ ORCHARD_CLUSTER_CERT: cert })).toEqual([expect.stringMatching(/^ORCHARD_CLUSTER_KEY: is wanted/)]);
});

describe("one fault that names the variable, and shows nothing secret:", () => {
  const bad: [name: string, value: string, why: string][] = [
    ["DATABASE_URL", "file:./data/orchard.db", "several nodes can't share a database that is a file"],
    ["UPLOADS_SHARED", "", "nodes have to share the uploads"],
    ["UPLOADS_SHARED", "off", "nodes have to share the uploads"],
    ["CLUSTER", "10.0.0.1:4222", "nats://10.0.0.1:4222"],
    ["CLUSTER", "http://10.0.0.1:4222", "nats://10.0.0.1:4222"],
    ["CLUSTER", "nats://10.0.0.1:4222,", "nats://10.0.0.1:4222"],
    ["CLUSTER", "nats://10.0.0.1:99999", "nats://10.0.0.1:4222"],
    ["CLUSTER", "nats://node:hunter2@10.0.0.1:4222", "without user and password"],
    ["CLUSTER_NAME", "a.b", "letters, digits"],
    ["CLUSTER_NAME", ">", "letters, digits"],
    ["CLUSTER_NAME", "a b", "letters, digits"],
    ["CLUSTER_NAME", "a".repeat(33), "1 to 32"],
    ["CLUSTER_CREDS", certificates, "certificate is a folder"],
    ["CLUSTER_CREDS", "/nowhere/orchard.nkey", "there is no file /nowhere/orchard.nkey"],
    ["CLUSTER_CREDS", join(certificates, "key.pem"), "neither NATS credentials nor the seed"],
    ["CLUSTER_CA", "/nowhere/ca.pem", "there is no file /nowhere/ca.pem"],
    ["CLUSTER_CA", join(certificates, "key.pem"), "holds no certificate"],
    ["CLUSTER_CA", certificates, "certificate is a folder"],
  ];
  test.each(bad)("ORCHARD_%s=%s", (name, value, why) => {
    const faults = cluster({ [`ORCHARD_${name}`]: value });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^ORCHARD_${name}: .`))]);
    expect(String(faults)).toContain(why);
    expect(String(faults)).not.toMatch(/hunter2|PRIVATE/);
  });

  test("a database that nobody names is a file, too", () => {
    const read = readConfig({ ...node, ORCHARD_DATABASE_URL: "" });
    expect(read.ok ? [] : read.faults).toEqual([expect.stringMatching(/^ORCHARD_DATABASE_URL: .*can't share/)]);
  });

  test.each([
    ["a key of another certificate", join(certificates, "key-2.pem")],
    ["a certificate for a key", join(certificates, "cert.pem")],
    ["a folder for a key", certificates],
    ["nothing there", "/nowhere/key.pem"],
  ])("%s", (_what, key) => {
    const faults = cluster({ ORCHARD_CLUSTER_CERT: join(certificates, "cert.pem"), ORCHARD_CLUSTER_KEY: key });
    expect(faults).toEqual([expect.stringMatching(/^ORCHARD_CLUSTER_(KEY|CERT): ./)]);
    expect(String(faults)).not.toContain("PRIVATE");
  });
});
