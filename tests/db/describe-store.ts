// Runs a suite over a store of each kind, embedded and remote, fresh for every test.
// Alice, Bob and Carol are in it, made at time 1,000, and nothing else.

import { afterAll, afterEach, beforeEach, describe } from "bun:test";
import { join } from "node:path";
import type { FriendshipState } from "../../src/db/schema/people.ts";
import { openStore, type Store } from "../../src/db/store.ts";
import { type HranaServer, startHranaServer } from "./engine/hrana-server.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl, temporaryDirectory } from "./temporary.ts";

export const alice = 1;
export const bob = 2;
export const carol = 3;
export const nobody = 99;

const people = [
  [alice, "Alice"],
  [bob, "Bob"],
  [carol, "Carol"],
] as const;

export class PeopledStore {
  store!: Store;

  addUser(id: number, name: string) {
    const name_key = name.toLowerCase();
    const password_hash = `hash of ${name}`;
    return this.store.users.create({ id, name, name_key, email: null, password_hash, created_at: 1_000 });
  }

  /** The time of the change is its seq too. */
  setFriendship(user_id: number, peer_id: number, mine: FriendshipState, theirs: FriendshipState, now = 2_000) {
    return this.store.friendships.change({ user_id, peer_id, mine, theirs, seq: now, now });
  }

  removeUser(id: number, now: number) {
    return this.store.users.remove(id, { seq: now, now });
  }
}

export function describeStore(name: string, suite: (db: PeopledStore) => void): void {
  describe(`${name} over an embedded database`, () => {
    suite(eachWith(temporaryDatabaseUrl));
    afterAll(removeTemporaryDirectories);
  });

  describe(`${name} over a remote database`, () => {
    const servers: HranaServer[] = [];
    suite(
      eachWith(async () => {
        const server = startHranaServer({ path: join(await temporaryDirectory(), "remote.db") });
        servers.push(server);
        return server.url;
      }),
    );
    afterAll(async () => {
      for (const server of servers) await server.stop();
      await removeTemporaryDirectories();
    });
  });
}

function eachWith(newUrl: () => Promise<string>): PeopledStore {
  const db = new PeopledStore();
  beforeEach(async () => {
    db.store = await openStore({ url: await newUrl() });
    for (const [id, name] of people) await db.addUser(id, name);
  });
  afterEach(() => db.store.close());
  return db;
}
