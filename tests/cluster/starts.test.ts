// A node that can't be one ends with a sentence that names the variable to look at, with 2 where starting again can't
// help; and says why it isn't ready while it can't do its part. What is secret is in neither.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { Program } from "../../scripts/program.ts";
import { reachServer } from "../../src/db/engine/database-server.ts";
import type { GroupFence } from "../../src/db/engine/fence.ts";
import { isAdditive, type Migration, migrate } from "../../src/db/engine/migrate.ts";
import { openRemote, openRemoteAt } from "../../src/db/engine/remote.ts";
import { migrations } from "../../src/db/migrations/index.ts";
import { hasNats, Nats } from "../harness/nats.ts";
import { NodePrograms } from "../harness/node-programs.ts";
import { program } from "../harness/program.ts";
import { PASSWORD } from "../harness/server.ts";
import { hasSqld, Sqld, sharedSqld } from "../harness/sqld.ts";

const certificates = join(import.meta.dir, "../routes/certificate");
const [mine, others] = [nkeys.createUser(), nkeys.createUser()];
const seedOf = (pair: typeof mine) => new TextDecoder().decode(pair.getSeed());

interface Failed {
  code: number;
  reason: string;
}

/** How it ended, having said one line and nothing secret. */
async function failed(nodes: NodePrograms, more: Record<string, string> = {}): Promise<Failed> {
  const { exitCode, stdout, stderr } = await nodes.run(more);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/\bSU[A-Z2-7]{20}|stack/);
  const [line = "", ...rest] = stderr.trim().split("\n");
  expect(rest).toEqual([]);
  return { code: exitCode, reason: line.startsWith("{") ? JSON.parse(line).reason : line };
}

const readiness = async (url: string): Promise<[number, string | undefined]> => {
  const response = await fetch(`${url}/readyz`);
  return [response.status, ((await response.json()) as { message?: string }).message];
};

/** Of whoever holds nothing and asks nobody. */
const no_fence: GroupFence = {
  ...{ guard: () => ({ sql: "SELECT 1", params: [] }), isHeld: true, doubt() {} },
  ...{ settled: async () => null, refused: async (fault) => fault, look: async () => null },
};

/** What a later version, which has these migrations besides, does to the database. */
async function migrateLater(url: string, ...later: Migration[]): Promise<void> {
  const driver = await openRemoteAt(await reachServer({ url }, 5_000), { takeFence: async () => no_fence });
  await migrate(driver, [...migrations, ...later]);
  await driver.close();
}

async function until<Value>(look: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    await Bun.sleep(20);
  }
}

describe.skipIf(!hasNats || !hasSqld)("with a NATS for everybody", () => {
  let nodes: NodePrograms;
  beforeAll(async () => {
    nodes = await NodePrograms.open();
  });
  afterAll(() => nodes?.close());

  test("a database that is a file, and uploads that nobody shares, are two faults", async () => {
    const { exitCode, stderr } = await nodes.run({
      ORCHARD_DATABASE_URL: "file:./orchard.db",
      ORCHARD_UPLOADS_SHARED: "off",
    });
    expect(exitCode).toBe(2);
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/^ORCHARD_DATABASE_URL: /),
      expect.stringMatching(/^ORCHARD_UPLOADS_SHARED: /),
    ]);
  });

  test("a NATS that isn't there may come", async () => {
    const { code, reason } = await failed(nodes, { ORCHARD_CLUSTER: "nats://127.0.0.1:1" });
    expect(reason).toBe(
      "ORCHARD_CLUSTER: NATS at 127.0.0.1:1 can't be reached (ECONNREFUSED): start it, or write its address",
    );
    expect(code).toBe(1);
  });

  test("a NATS that speaks no TLS is none for who wants it", async () => {
    const tls = await failed(nodes, { ORCHARD_CLUSTER: nodes.nats.url.replace("nats:", "tls:") });
    const ca = await failed(nodes, { ORCHARD_CLUSTER_CA: join(certificates, "cert.pem") });
    for (const { code, reason } of [tls, ca]) {
      expect(reason).toMatch(
        /^ORCHARD_CLUSTER: NATS at 127\.0\.0\.1:\d+ speaks no TLS: give it a certificate, or write/,
      );
      expect(code).toBe(2);
    }
  });

  test("what answers is no NATS", async () => {
    const { host } = new URL(nodes.database_url);
    const { code, reason } = await failed(nodes, { ORCHARD_CLUSTER: `nats://${host}` });
    expect(reason).toStartWith(`ORCHARD_CLUSTER: what answers at ${host} is no NATS`);
    expect(code).toBe(1);
  });

  test("a token that the database server refuses, or a server that isn't there, is the database's", async () => {
    const { code, reason } = await failed(nodes, { ORCHARD_DATABASE_URL: "http://127.0.0.1:1" });
    expect(reason).toBe(
      "ORCHARD_DATABASE_URL: the database server http://127.0.0.1:1 can't be reached (ECONNREFUSED): start it, or write its address",
    );
    expect(code).toBe(1);
  });

  test("a database that doesn't sync its commits is refused, as without a cluster", async () => {
    const unsafe = await (await sharedSqld()).newDatabase({ durable: false });
    const { code, reason } = await failed(nodes, { ORCHARD_DATABASE_URL: unsafe });
    expect(reason).toContain("doesn't sync its commits");
    expect(code).toBe(1);
  });

  test("a database server that writes its journal back within commits is refused to nodes, unless it is allowed", async () => {
    const sqld = await Sqld.start({ intervals: false });
    try {
      const ORCHARD_DATABASE_URL = await sqld.newDatabase();
      const { code, reason } = await failed(nodes, { ORCHARD_DATABASE_URL });
      expect(reason).toContain("--checkpoint-interval-s");
      expect(reason).toContain("ORCHARD_DATABASE_UNSAFE=on");
      expect(code).toBe(1);
      const allowed = await nodes.start({ ORCHARD_DATABASE_URL, ORCHARD_DATABASE_UNSAFE: "on" });
      expect(await allowed.program.stop()).toBe(0);
      // Alone it is the one that writes.
      const alone = await openRemote({ url: ORCHARD_DATABASE_URL });
      await alone.close();
    } finally {
      await sqld.remove();
    }
  });

  test("a node is ready, and says why when it isn't: NATS, the database; and lives all the while", async () => {
    const { url, program } = await nodes.start();
    const isReady = ([status]: [number, unknown]) => status === 200;
    await until(() => readiness(url), isReady);
    await nodes.nats.kill();
    const [, why] = await until(
      () => readiness(url),
      ([status]) => status === 503,
    );
    expect(why).toBe("The server is not ready: NATS can't be reached.");
    for (const path of ["/livez", "/healthz"]) expect((await fetch(`${url}${path}`)).status).toBe(200);
    await nodes.nats.restart();
    await until(() => readiness(url), isReady);
    const sqld = await sharedSqld();
    sqld.pause();
    try {
      const lapsed = "The server is not ready: the node's lease has run out, and the database doesn't renew it.";
      await until(
        () => readiness(url),
        ([status, other]) => status === 503 && other === lapsed,
      );
      expect((await fetch(`${url}/livez`)).status).toBe(200);
    } finally {
      sqld.resume();
    }
    await until(() => readiness(url), isReady);
    expect(await program.stop()).toBe(0);
    expect(await program.stderr).toContain("whoever reaches NATS can speak as a node");
  }, 60_000);

  test("two nodes never have one number, though they begin at once on an empty database", async () => {
    const url = await (await sharedSqld()).newDatabase();
    const empty = { ORCHARD_DATABASE_URL: url, ORCHARD_CLUSTER_NAME: "empty" };
    const both = await Promise.all([nodes.start(empty), nodes.start(empty)]);
    const server = await reachServer({ url }, 5_000);
    const read = await server.run({ sql: "SELECT number FROM cluster_nodes WHERE holder <> ''", params: [] });
    expect(read.state === "done" && new Set(read.results[0]?.rows.map(([number]) => number)).size).toBe(2);
    for (const { program } of both) expect(await program.stop()).toBe(0);
    server.close();
  }, 60_000);

  test("a process alone and the nodes of a cluster take the database from each other, and none writes beside", async () => {
    const [one, two] = [await nodes.start(), await nodes.start()];
    const before = await one.user();
    const alone = await nodes.start({ ORCHARD_CLUSTER: "" });
    for (const { program } of [one, two]) {
      expect(await program.exited()).toBe(1);
      expect(await program.stderr).toContain("the server can't go on");
    }
    const meanwhile = await alone.user();
    const three = await nodes.start();
    await three.login(before.name);
    await three.login(meanwhile.name);
    const refused = await alone
      .call("POST", "/user/login", { username: before.name, password: PASSWORD })
      .catch(() => null);
    expect(refused?.status ?? 503).toBe(503);
    expect(await alone.program.exited()).toBe(1);
    expect(await three.program.stop()).toBe(0);
  }, 60_000);

  test("the database of a cluster is backed up from the file of its server, while nodes run", async () => {
    const { program: node, user } = await nodes.start();
    const { name } = await user();
    const folder = await mkdtemp(join(tmpdir(), "orchard-backup-"));
    const file = (await sharedSqld()).fileOf(nodes.database_url);
    const backup = await Program.run([...program, "backup", "copy.db"], folder, {
      ORCHARD_DATABASE_URL: `file:${file}`,
    });
    expect([backup.exitCode, backup.stderr]).toEqual([0, ""]);
    expect(await node.stop()).toBe(0);
    const alone = await nodes.start({
      ...{ ORCHARD_CLUSTER: "", ORCHARD_DATABASE_URL: `file:${join(folder, "copy.db")}` },
    });
    await alone.login(name);
    expect(await alone.program.stop()).toBe(0);
    await rm(folder, { recursive: true });
  }, 60_000);

  test("a cluster of another database has another name", async () => {
    const { program } = await nodes.start();
    const other = await (await sharedSqld()).newDatabase();
    const { code, reason } = await failed(nodes, { ORCHARD_DATABASE_URL: other });
    expect(reason).toBe(
      "ORCHARD_CLUSTER_NAME: nodes of another database have the name orchard at this NATS: give this cluster another",
    );
    expect(code).toBe(2);
    const beside = await nodes.start({ ORCHARD_DATABASE_URL: other, ORCHARD_CLUSTER_NAME: "other" });
    for (const one of [program, beside.program]) expect(await one.stop()).toBe(0);
  }, 60_000);

  test("nodes of one database have one name, and meet at one NATS", async () => {
    const url = await (await sharedSqld()).newDatabase();
    const own = { ORCHARD_DATABASE_URL: url, ORCHARD_CLUSTER_NAME: "apples" };
    const { program } = await nodes.start(own);
    const named = await failed(nodes, { ...own, ORCHARD_CLUSTER_NAME: "pears" });
    expect(named).toEqual({
      code: 2,
      reason:
        "ORCHARD_CLUSTER_NAME: node 0 of this database has the name apples, and this one pears: give all nodes the same",
    });
    const other = await Nats.start();
    const apart = await failed(nodes, { ...own, ORCHARD_CLUSTER: other.url });
    expect(apart.reason).toStartWith(
      "ORCHARD_CLUSTER: node 0 of this database is at work and can't be heard at this NATS",
    );
    expect(apart.code).toBe(1);
    // Where nobody is left, either may be another.
    expect(await program.stop()).toBe(0);
    const moved = await nodes.start({ ...own, ORCHARD_CLUSTER: other.url, ORCHARD_CLUSTER_NAME: "pears" });
    expect(await moved.program.stop()).toBe(0);
    await other.stop();
  }, 60_000);

  test("a node whose version others can't speak with is refused, and the next one is not", async () => {
    const { program, url } = await nodes.start();
    await until(
      () => readiness(url),
      ([status]) => status === 200,
    );
    const server = await reachServer({ url: nodes.database_url }, 5_000);
    const become = (protocol: number) =>
      server.run({
        sql: "UPDATE cluster_nodes SET description = json_set(description, '$.version', '9.9.9', '$.protocol', ?) WHERE state = 'serving'",
        params: [protocol],
      });
    await become(3);
    const { code, reason } = await failed(nodes);
    expect(reason).toContain("version 9.9.9, which node ");
    expect(reason).toContain("bring all nodes to a version between the two first");
    expect(code).toBe(2);
    await become(2);
    const next = await nodes.start();
    expect(await next.program.stop()).toBe(0);
    // Once it is dead, it keeps nobody out.
    await become(3);
    await program.kill();
    const last = await nodes.start();
    expect(await last.program.stop()).toBe(0);
    server.close();
  }, 60_000);

  test("what a later version adds to the database keeps nobody out; what it changes otherwise, all who don't know it", async () => {
    const url = await (await sharedSqld()).newDatabase();
    const own = { ORCHARD_DATABASE_URL: url, ORCHARD_CLUSTER_NAME: "later" };
    const one = await nodes.start(own);
    const before = await one.user();
    const added = { tag: "9998_added", sql: "-- additive\nALTER TABLE users ADD COLUMN added text;" };
    await migrateLater(url, added);
    const two = await nodes.start(own);
    await two.login(before.name);
    await migrateLater(url, added, { tag: "9999_changed", sql: "CREATE TABLE changed (id integer);" });
    const { code, reason } = await failed(nodes, own);
    expect(reason).toContain('holds the unknown migration "9998_added", and wants a version that knows "9999_changed"');
    expect(code).toBe(2);
    for (const { program, user } of [one, two]) {
      await user();
      expect(await program.stop()).toBe(0);
    }
  }, 60_000);

  test("a version that would change the database otherwise leaves it as it is while others live that don't know", async () => {
    const url = await (await sharedSqld()).newDatabase();
    const own = { ORCHARD_DATABASE_URL: url, ORCHARD_CLUSTER_NAME: "earlier" };
    const one = await nodes.start(own);
    const server = await reachServer({ url }, 5_000);
    const at = migrations.findLastIndex((migration) => !isAdditive(migration));
    await server.batch([
      {
        sql: "UPDATE cluster_nodes SET description = json_set(description, '$.version', '0.0.9', '$.migrations', ?) WHERE state = 'serving'",
        params: [at],
      },
      { sql: "DELETE FROM migrations WHERE idx >= ?", params: [at] },
    ]);
    const { code, reason } = await failed(nodes, own);
    expect(reason).toContain(`changes the database ("${migrations[at]?.tag}")`);
    expect(reason).toContain("which runs version 0.0.9, couldn't go on: stop all nodes of earlier versions first");
    expect(code).toBe(2);
    const read = await server.run({ sql: "SELECT count(*) FROM migrations", params: [] });
    expect(read).toMatchObject({ state: "done", results: [{ rows: [[at]] }] });
    expect(await one.program.stop()).toBe(0);
    server.close();
  }, 60_000);
});

describe.skipIf(!hasNats || !hasSqld)("with a NATS that knows its nodes", () => {
  let folder: string;
  let nodes: NodePrograms;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "orchard-creds-"));
    const may = 'permissions: { publish: ["o.orchard.>"], subscribe: ["o.orchard.>"] }';
    nodes = await NodePrograms.open(`authorization { users: [{ nkey: ${mine.getPublicKey()}, ${may} }] }`);
  });
  afterAll(async () => {
    await nodes?.close();
    await rm(folder, { recursive: true });
  });
  const credentials = async (text: string): Promise<Record<string, string>> => {
    const path = join(folder, "node.nkey");
    await writeFile(path, text);
    await chmod(path, 0o600);
    return { ORCHARD_CLUSTER_CREDS: path };
  };

  test("it wants credentials", async () => {
    const { code, reason } = await failed(nodes);
    expect(reason).toMatch(/^ORCHARD_CLUSTER_CREDS: NATS at 127\.0\.0\.1:\d+ wants credentials: name their file$/);
    expect(code).toBe(2);
  });

  test("it refuses those of somebody else", async () => {
    const { code, reason } = await failed(nodes, await credentials(seedOf(others)));
    expect(reason).toMatch(/^ORCHARD_CLUSTER_CREDS: NATS at \S+ refuses these credentials: name others$/);
    expect(code).toBe(2);
  });

  test("it refuses what its account may not do", async () => {
    const { code, reason } = await failed(nodes, {
      ...(await credentials(seedOf(mine))),
      ORCHARD_CLUSTER_NAME: "other",
    });
    expect(reason).toStartWith("ORCHARD_CLUSTER_CREDS: this account of NATS may not do what a node does");
    expect(reason).toContain("o.other.>");
    expect(code).toBe(2);
  });

  test("it takes its node, which has nothing to warn of", async () => {
    const { program } = await nodes.start(await credentials(`${seedOf(mine)}\n`));
    expect(await program.stop()).toBe(0);
    expect(await program.stderr).not.toContain("NATS");
  }, 60_000);
});

test.skipIf(!hasNats || !hasSqld)(
  "a NATS whose certificate isn't known is refused",
  async () => {
    const pair = `cert_file: "${join(certificates, "cert.pem")}", key_file: "${join(certificates, "key.pem")}"`;
    const nodes = await NodePrograms.open(`tls { ${pair} }`);
    const plain = await failed(nodes);
    const tls = await failed(nodes, { ORCHARD_CLUSTER_CA: join(certificates, "cert-2.pem") });
    for (const { code, reason } of [plain, tls]) {
      expect(reason).toStartWith("ORCHARD_CLUSTER_CA: ");
      expect(code).toBe(2);
    }
    await nodes.close();
  },
  30_000,
);
