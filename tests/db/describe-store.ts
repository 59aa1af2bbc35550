// Runs a suite over a store of each kind, in a file and on a server, fresh for every test.
// Alice, Bob and Carol are in it, made at time 1,000, and nothing else.

import { afterAll, afterEach, beforeEach, describe } from "bun:test";
import type { Write } from "../../src/db/engine/write.ts";
import type { EndedAccount } from "../../src/db/queries/users.ts";
import type { FriendshipState } from "../../src/db/schema/people.ts";
import { openStore, type Store } from "../../src/db/store.ts";
import { type Row, readTables } from "../harness/database.ts";
import { hasSqld, sharedSqld } from "../harness/sqld.ts";
import { type PerformingStore, performing } from "./performing-store.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "./temporary.ts";

export const alice = 1;
export const bob = 2;
export const carol = 3;
export const nobody = 99;

const people = [
  [alice, "Alice"],
  [bob, "Bob"],
  [carol, "Carol"],
] as const;

/** More than any test has of anything. */
const PLENTY = 1_000;

export class PeopledStore {
  /** Its writing methods perform at once. */
  store!: PerformingStore;
  /** The same as it is: it words writes. */
  plain!: Store;

  url = "";

  async open(url: string): Promise<void> {
    this.url = url;
    this.plain = await openStore({ url });
    this.store = performing(this.plain);
  }

  /** Whether a write is refused because what it rests on does not hold; it is performed where it holds. */
  async isStale(write: Write<unknown>): Promise<boolean> {
    return (await this.plain.writer.perform(write)).state === "stale";
  }

  /** All that is stored, by table. */
  tables(): Promise<Map<string, Row[]>> {
    return readTables(this.url);
  }

  addUser(id: number, name: string) {
    const name_key = name.toLowerCase();
    const password_hash = `hash of ${name}`;
    return this.store.users.create({ id, name, name_key, email: null, password_hash, created_at: 1_000 });
  }

  /** From however the two stand. The time of the change is its seq too. */
  async setFriendship(user_id: number, peer_id: number, mine: FriendshipState, theirs: FriendshipState, now = 2_000) {
    const was = await this.store.friendships.relation(user_id, peer_id);
    const change = { user_id, peer_id, mine, theirs, was, at_most: PLENTY, requests_at_most: PLENTY, seq: now, now };
    return this.store.friendships.change(change);
  }

  /** Whatever the password is. */
  async removeUser(id: number, now: number): Promise<EndedAccount> {
    const checked_hash = (await this.store.users.credentials(id))?.password_hash ?? null;
    return this.store.users.end({ id, checked_hash, seq: now, now });
  }
}

export function describeStore(name: string, suite: (db: PeopledStore) => void): void {
  describe(`${name} over an embedded database`, () => {
    suite(eachWith(temporaryDatabaseUrl));
    afterAll(removeTemporaryDirectories);
  });

  describe.skipIf(!hasSqld)(`${name} over a database server`, () => {
    const db = eachWith(async () => (await sharedSqld()).newDatabase());
    afterEach(async () => (await sharedSqld()).removeDatabase(db.url));
    suite(db);
  });
}

function eachWith(newUrl: () => Promise<string>): PeopledStore {
  const db = new PeopledStore();
  beforeEach(async () => {
    await db.open(await newUrl());
    for (const [id, name] of people) await db.addUser(id, name);
  });
  afterEach(() => db.plain.close());
  return db;
}
