// Makes what is secret in a cluster, once, into a folder of its own: an authority and from it the certificates of NATS, of
// each node and of a proxy; the nkey of each node; the key and the token of sqld, and the key of its admin API.
// As a program: `bun scripts/cluster/secrets.ts FOLDER HOST…`, where the hosts are names and addresses of NATS.

import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";

const DAYS = "3650";
const NODES = 3;

export interface SecretsOptions {
  /** Names and addresses of NATS, as nodes reach it. */
  hosts: readonly string[];
  nodes?: number;
  /** The cluster's name, which is in NATS' subjects. */
  cluster?: string;
}

/** Into a folder that isn't there yet. Rejects with a sentence where there is no openssl. */
export async function makeSecrets(folder: string, options: SecretsOptions): Promise<void> {
  const { hosts, nodes = NODES, cluster = "orchard" } = options;
  if (existsSync(folder)) throw new Error(`${folder} is there already: what is in it is in use, or is to be removed`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const numbers = Array.from({ length: nodes }, (_, index) => index + 1);
  await makeCertificates(folder, hosts, numbers);
  await makeNodeKeys(folder, numbers, cluster);
  await makeDatabaseKeys(folder);
}

async function makeCertificates(folder: string, hosts: readonly string[], nodes: readonly number[]): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", DAYS];
  openssl(folder, "req", "-x509", ...key, "-subj", "/CN=orchard cluster", "-keyout", "ca.key", "-out", "ca.pem");
  const names = hosts.map((host) => (isIP(host) === 0 ? `DNS:${host}` : `IP:${host}`)).join(",");
  const wanted = [
    ["nats", `subjectAltName=${names}`, "serverAuth"],
    ["proxy", "subjectAltName=DNS:localhost", "serverAuth"],
    ...nodes.map((node) => [`node-${node}`, `subjectAltName=DNS:node-${node}`, "clientAuth"]),
  ];
  for (const [name, alternatives, usage] of wanted) {
    const extensions = ["-addext", `${alternatives}`, "-addext", `extendedKeyUsage=${usage}`];
    const from = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE"];
    const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
    openssl(folder, "req", "-x509", ...key, ...from, ...extensions, "-subj", `/CN=${name}`, ...files);
  }
  // As haproxy takes it.
  const [pair, secret] = await Promise.all([read(folder, "proxy.pem"), read(folder, "proxy.key")]);
  await write(folder, "proxy.pem", `${pair}${secret}`);
  await rm(join(folder, "proxy.key"));
}

async function makeNodeKeys(folder: string, nodes: readonly number[], cluster: string): Promise<void> {
  const may = `permissions: { publish: ["o.${cluster}.>"], subscribe: ["o.${cluster}.>"] }`;
  const lines: string[] = [];
  for (const node of nodes) {
    const pair = nkeys.createUser();
    await write(folder, `node-${node}.nkey`, `${new TextDecoder().decode(pair.getSeed())}\n`);
    lines.push(`  # node-${node}`, `  { nkey: "${pair.getPublicKey()}", ${may} }`);
  }
  const head = "# The nodes that NATS lets in. What each may do is in the subjects of this cluster alone.";
  await write(folder, "nodes.conf", `${head}\nORCHARD_NODES: [\n${lines.join("\n")}\n]\n`);
}

async function makeDatabaseKeys(folder: string): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519", {
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = `${encoded({ alg: "EdDSA", typ: "JWT" })}.${encoded({ a: "rw" })}`;
  const token = `${claims}.${sign(null, Buffer.from(claims), createPrivateKey(privateKey)).toString("base64url")}`;
  await write(folder, "sqld.key", privateKey);
  await write(folder, "sqld.pub", publicKey);
  // Of all of it the one thing that is no secret: sqld reads it as a user of its own.
  await chmod(join(folder, "sqld.pub"), 0o644);
  await write(folder, "sqld.env", `LIBSQL_ADMIN_AUTH_KEY=${randomBytes(32).toString("hex")}\n`);
  await write(folder, "node.env", `ORCHARD_DATABASE_AUTH_TOKEN=${token}\n`);
}

function openssl(folder: string, ...args: string[]): void {
  const run = Bun.spawnSync(["openssl", ...args], { cwd: folder, stderr: "pipe" });
  if (run.exitCode !== 0) throw new Error(`openssl ${args[0]} failed: ${run.stderr}`);
}

const read = (folder: string, name: string) => Bun.file(join(folder, name)).text();
const write = (folder: string, name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });

if (import.meta.main) {
  const [folder, ...hosts] = process.argv.slice(2);
  if (!folder || hosts.length === 0 || folder.startsWith("-")) {
    console.error("usage: bun scripts/cluster/secrets.ts FOLDER HOST…   the hosts are names and addresses of NATS");
    process.exit(2);
  }
  process.umask(0o077);
  await makeSecrets(folder, { hosts }).catch((error) => {
    console.error(String(error instanceof Error ? error.message : error));
    process.exit(1);
  });
  console.log(`${folder} has what NATS, sqld and ${NODES} nodes need: keep it from everybody else`);
}
