// What is left of an arrival when its room can't take it in just now, and when it never will.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { startArrivals } from "../../src/accounts/arrivals.ts";
import type { Actors } from "../../src/actors/calls.ts";
import { openStore, type Store } from "../../src/db/store.ts";
import { alone } from "../../src/db/upkeep/duty.ts";
import type { ErrorCode } from "../../src/protocol/errors.ts";
import { failure, success } from "../../src/protocol/outcome.ts";
import { performing } from "../db/performing-store.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "../db/temporary.ts";

const ALICE = 1;
const servers = [10, 11, 12];

let store: Store;
let asked: number[];
/** What each room answers with; it takes them in where there is none. */
let refusals: Map<number, ErrorCode>;
beforeEach(async () => {
  [asked, refusals] = [[], new Map()];
  store = await openStore({ url: await temporaryDatabaseUrl() });
  const user = { id: ALICE, name: "alice", name_key: "alice", email: null, password_hash: "hash", created_at: 1 };
  await performing(store).users.create(user, { invite: null, server_ids: servers });
});
afterEach(async () => {
  await store.close();
  await removeTemporaryDirectories();
});

const actors = {
  async request(address: string) {
    const id = Number(address.split(":")[1]);
    asked.push(id);
    const code = refusals.get(id);
    return code ? failure(code, "no") : success(null);
  },
} as unknown as Actors;

const faults: unknown[] = [];

async function round(): Promise<void> {
  const arrivals = startArrivals({ store, actors, duty: alone, onFault: (error) => void faults.push(error) });
  await arrivals.run();
  await arrivals.stop();
}

const left = async () =>
  (await store.users.arrivalsAfter({ user_id: 0, server_id: 0 }, 10)).map((one) => one.server_id);

test("all are asked for once", async () => {
  await round();
  await round();
  expect(asked).toEqual(servers);
  expect(await left()).toEqual([]);
  expect(faults).toEqual([]);
});

test.each(["unavailable", "internal"] as const)(
  "what is %s now is asked for again, and holds up no other",
  async (code) => {
    refusals.set(11, code);
    await round();
    expect(asked).toEqual(servers);
    expect(await left()).toEqual([11]);
    refusals.clear();
    await round();
    expect(asked).toEqual([...servers, 11]);
    expect(await left()).toEqual([]);
  },
);

test.each(["not_found", "forbidden", "locked", "limit_reached"] as const)(
  "what is refused as %s is not",
  async (code) => {
    for (const id of servers) refusals.set(id, code);
    await round();
    expect(await left()).toEqual([]);
  },
);
