// The remote driver: the contract over a test server, and against a real one where the environment names it.
// ORCHARD_TEST_DATABASE_URL and ORCHARD_TEST_DATABASE_AUTH_TOKEN name the real one; its other tables stay untouched.

import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { DatabaseError, type Driver } from "../../../src/db/engine/driver.ts";
import { openRemote } from "../../../src/db/engine/remote.ts";
import { removeTemporaryDirectories, temporaryDirectory } from "../temporary.ts";
import { describeDriver, describeMigrations, faultOf, statement } from "./driver-contract.ts";
import { type HranaServer, startHranaServer } from "./hrana-server.ts";

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

async function open(): Promise<Driver> {
  return openRemote({ url: (await startServer("secret")).url, authToken: "secret" });
}

describeDriver("remote", open);
describeMigrations("remote", open);

const realUrl = process.env.ORCHARD_TEST_DATABASE_URL;
if (realUrl) {
  const authToken = process.env.ORCHARD_TEST_DATABASE_AUTH_TOKEN;
  describeDriver("the database of the environment", () => openRemote({ url: realUrl, authToken }));
}

describe("the remote database", () => {
  test("gets a group as one transaction, and one more for each job left out", async () => {
    const server = await startServer();
    const driver = await openRemote({ url: server.url });
    await driver.transact([[statement("CREATE TABLE t (id integer primary key)")]]);
    const insert = (id: number) => [statement("INSERT INTO t VALUES (?)", id)];
    const before = server.transactions();
    await driver.transact([insert(1), insert(2), insert(3)]);
    expect(server.transactions() - before).toBe(1);
    await driver.transact([insert(4), insert(1), insert(5)]);
    expect(server.transactions() - before).toBe(3);
    expect(await driver.query(statement("SELECT count(*) FROM t"))).toEqual([[5]]);
    await driver.close();
  });

  test("makes every job unavailable when it cannot be reached", async () => {
    const server = await startServer();
    const driver = await openRemote({ url: server.url });
    await driver.query(statement("SELECT 1"));
    await server.stop();
    const error = await driver.query(statement("SELECT 1")).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DatabaseError);
    expect((error as DatabaseError).fault.kind).toBe("unavailable");
    const outcomes = await driver.transact([[statement("SELECT 1")], [statement("SELECT 2")]]);
    expect(outcomes.map((outcome) => faultOf(outcome)?.kind)).toEqual(["unavailable", "unavailable"]);
    await driver.close();
  });

  test("is unavailable to a wrong token", async () => {
    const server = await startServer("secret");
    const driver = await openRemote({ url: server.url, authToken: "guess" });
    const error = await driver.query(statement("SELECT 1")).catch((caught: unknown) => caught);
    expect((error as DatabaseError).fault.kind).toBe("unavailable");
    await driver.close();
  });
});
