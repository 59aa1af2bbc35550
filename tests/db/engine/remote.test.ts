// The remote driver: the contract over a real server, and what only a server that counts or refuses can show.

import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { DatabaseError } from "../../../src/db/engine/driver.ts";
import { openRemote } from "../../../src/db/engine/remote.ts";
import { limits } from "../../../src/domain/limits.ts";
import { hasSqld, sharedSqld } from "../../harness/sqld.ts";
import { removeTemporaryDirectories, temporaryDirectory } from "../temporary.ts";
import { describeDriver, describeMigrations, statement } from "./driver-contract.ts";
import { openGate } from "./gate.ts";
import { type HranaServer, startHranaServer } from "./hrana-server.ts";

describe.skipIf(!hasSqld)("over sqld", () => {
  const open = async () => openRemote({ url: await (await sharedSqld()).newDatabase() });
  describeDriver("remote", open);
  describeMigrations("remote", open);
});

const servers: HranaServer[] = [];

afterAll(async () => {
  for (const server of servers) await server.stop();
  await removeTemporaryDirectories();
});

async function startServer(authToken?: string): Promise<HranaServer> {
  const path = join(await temporaryDirectory(), "remote.db");
  const server = startHranaServer({ path, ...(authToken ? { authToken } : {}) });
  servers.push(server);
  return server;
}

describe("the remote database", () => {
  test("gets a group as one transaction, and one more where jobs are refused, however many", async () => {
    const server = await startServer("secret");
    const driver = await openRemote({ url: server.url, authToken: "secret" });
    await driver.transact([[statement("CREATE TABLE t (id integer primary key)")]]);
    const insert = (id: number) => [statement("INSERT INTO t VALUES (?)", id)];
    const before = server.transactions();
    await driver.transact([insert(1), insert(2), insert(3)]);
    expect(server.transactions() - before).toBe(1);
    await driver.transact([insert(4), insert(1), insert(5)]);
    expect(server.transactions() - before).toBe(3);
    expect(await driver.query(statement("SELECT count(*) FROM t"))).toEqual([[5]]);
    const outcomes = await driver.transact([insert(1), insert(2), insert(6), insert(3), insert(6), insert(7)]);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, false, true, false, false, true]);
    expect(server.transactions() - before).toBe(5);
    await driver.transact([insert(1)]);
    expect(server.transactions() - before).toBe(6);
    expect(await driver.query(statement("SELECT count(*) FROM t"))).toEqual([[7]]);
    await driver.close();
  });

  test("has room for quick reads, however many of the other lanes it has not answered", async () => {
    const gate = openGate((await startServer()).url);
    const driver = await openRemote({ url: gate.url });
    const long = (["catching-up", "search"] as const).flatMap((lane) => Array.from({ length: 30 }, () => lane));
    const held = Array.from({ length: 2 * limits.remote_database_lane_reads }, () => gate.hold());
    const reads = Promise.all(long.map((lane) => driver.query({ ...statement("SELECT 2"), lane })));
    await Promise.all(held.map(({ reached }) => reached));
    expect(await driver.query(statement("SELECT 1"))).toEqual([[1]]);
    for (const { release } of held) void release();
    expect(await reads).toEqual(long.map(() => [[2]]));
    await driver.close();
    await gate.stop();
  });

  test("is unavailable to a wrong token", async () => {
    const server = await startServer("secret");
    const error = await openRemote({ url: server.url, authToken: "guess" }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DatabaseError);
    expect((error as DatabaseError).fault.kind).toBe("unavailable");
  });
});
