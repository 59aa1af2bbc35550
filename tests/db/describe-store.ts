// Runs a suite over a store of each kind, in a file and on a server, which is opened once and emptied before every test.
// Alice, Bob and Carol are in it, made at time 1,000, and nothing else.

import { afterAll, afterEach, beforeAll, beforeEach, describe } from "bun:test";
import { join } from "node:path";
import type { Driver } from "../../src/db/engine/driver.ts";
import { openEmbedded } from "../../src/db/engine/embedded.ts";
import { openRemote } from "../../src/db/engine/remote.ts";
import type { Write } from "../../src/db/engine/write.ts";
import type { EndedAccount } from "../../src/db/queries/users.ts";
import type { FriendshipState } from "../../src/db/schema/people.ts";
import { openStore, openStoreOver, type Store } from "../../src/db/store.ts";
import { newDatabaseFile, newDatabaseOnServer, type Row, readTables } from "../harness/database.ts";
import { hasSqld } from "../harness/sqld.ts";
import { emptyDatabase } from "./emptying.ts";
import { type PerformingStore, performing } from "./performing-store.ts";
import { removeTemporaryDirectories, temporaryDirectory } from "./temporary.ts";

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
    this.#take(await openStore({ url }));
  }

  /** The same over a driver to the URL. */
  async openOver(driver: Driver, url: string): Promise<void> {
    this.url = url;
    this.#take(await openStoreOver(driver));
  }

  #take(plain: Store): void {
    this.plain = plain;
    this.store = performing(plain);
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
    const newUrl = async () => newDatabaseFile(join(await temporaryDirectory(), "test.db"));
    suite(emptiedEach(newUrl, removeTemporaryDirectories));
  });

  describe.skipIf(!hasSqld)(`${name} over a database server`, () => {
    suite(emptiedEach(urlOnServer, async () => {}));
  });
}

let on_server: Promise<string> | null = null;
/** The same for all files: a new one takes a second, and each test empties it. */
function urlOnServer(): Promise<string> {
  on_server ??= newDatabaseOnServer();
  return on_server;
}

function emptiedEach(newUrl: () => Promise<string>, remove: (url: string) => Promise<void>): PeopledStore {
  const db = new PeopledStore();
  let driver: Driver;
  beforeAll(async () => {
    const url = await newUrl();
    driver = await (url.startsWith("file:") ? openEmbedded({ url }) : openRemote({ url }));
    await db.openOver(driver, url);
  });
  beforeEach(async () => {
    await emptyDatabase(driver);
    for (const [id, name] of people) await db.addUser(id, name);
  });
  afterEach(() => db.plain.flush());
  afterAll(async () => {
    await db.plain.close();
    await remove(db.url);
  });
  return db;
}
