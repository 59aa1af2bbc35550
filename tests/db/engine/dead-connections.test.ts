// A database server that is back while the connections that there were are dead, as where packets were dropped: nothing
// is heard of their end. Neither those under way nor those that are idle may keep anybody from an answer.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type DeveloperProxy, startProxy } from "../../../scripts/cluster/proxy.ts";
import { type DatabaseServer, reachServer } from "../../../src/db/engine/database-server.ts";
import { hasSqld, sharedSqld } from "../../harness/sqld.ts";

const DEADLINE_MS = 1_000;
const one = { sql: "SELECT 1", params: [] };

describe.skipIf(!hasSqld)("behind dead connections", () => {
  let url: URL;
  let proxy: DeveloperProxy;
  let server: DatabaseServer;
  beforeEach(async () => {
    url = new URL(await (await sharedSqld()).newDatabase());
    const target = Number(url.port);
    proxy = startProxy(0, () => [target]);
    const through = new URL(url);
    through.port = String(proxy.port);
    server = await reachServer({ url: through.href }, DEADLINE_MS);
    // These leave as many connections idle.
    await Promise.all(Array.from({ length: 12 }, () => server.run(one)));
    proxy.stall();
  });
  afterEach(async () => {
    server.close();
    proxy.stop();
    await (await sharedSqld()).removeDatabase(url.href);
  });

  test("what is asked after the turn is answered, and what was asked before has no known end", async () => {
    const before = [server.run(one), server.batch([one]), server.commit([one]), server.group(one, [[one]])];
    while (proxy.held() < before.length) await Bun.sleep(1);
    proxy.forget();
    server.turnOver(0);
    expect((await server.run(one)).state).toBe("done");
    expect((await Promise.all(before)).map(({ state }) => state)).toEqual(Array(before.length).fill("unknown"));
    expect((await server.commit([one])).state).toBe("done");
  });

  test("what is answered in time is not broken off", async () => {
    const before = server.run(one);
    while (proxy.held() === 0) await Bun.sleep(1);
    server.turnOver(DEADLINE_MS);
    proxy.restore();
    expect((await before).state).toBe("done");
  });

  test("one that isn't answered is enough for others to go elsewhere", async () => {
    expect((await server.run(one)).state).toBe("unknown");
    proxy.forget();
    expect((await server.run(one)).state).toBe("done");
  });
});
