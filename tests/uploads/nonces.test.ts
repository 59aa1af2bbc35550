// An upload under a nonce: asked for again, it is not made again. Over a real database and a real folder.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseError, unavailable } from "../../src/db/engine/driver.ts";
import { type Perform, UnknownEndError } from "../../src/db/engine/write.ts";
import { openStore, type Store } from "../../src/db/store.ts";
import { alone } from "../../src/db/upkeep/duty.ts";
import { limits } from "../../src/domain/limits.ts";
import { createPools } from "../../src/domain/pools.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { type Files, openFiles } from "../../src/uploads/files.ts";
import { type SweepDependencies, startSweep } from "../../src/uploads/sweep.ts";
import { createUploads, type UploadsDependencies } from "../../src/uploads/uploads.ts";
import { type PerformingStore, performing } from "../db/performing-store.ts";
import { readRows } from "../harness/database.ts";
import { anyPng } from "./samples.ts";
import { sent } from "./sent.ts";

const damaged_png = anyPng().subarray(0, 30);
const alice = 1;
const bob = 2;

let folder: string;
let store: Store;
let at_once: PerformingStore;
let files: Files;
let now_ms: number;
let shared: UploadsDependencies & SweepDependencies;
let uploads: ReturnType<typeof sending>;

beforeEach(async () => {
  now_ms = Date.now();
  folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  store = await openStore({ url: `file:${join(folder, "orchard.db")}` });
  at_once = performing(store);
  for (const [id, name] of [[alice, "alice"] as const, [bob, "bob"] as const]) {
    const user = { id, name, name_key: name, email: null, password_hash: "hash", created_at: now_ms };
    await at_once.users.create(user);
  }
  files = await openFiles({ folder: join(folder, "uploads"), bucket: null });
  const clock = () => now_ms;
  const throttle = { take: () => 0 };
  const quotaBytes = () => Number.MAX_SAFE_INTEGER;
  const services = { store, files, log: createLog("silent"), clock, duty: alone };
  shared = { ...services, pools: createPools(), random: Math.random, throttle, quotaBytes };
  uploads = sending(createUploads(shared));
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** Adds bytes as a file that has come. */
function sending(on: Pick<ReturnType<typeof createUploads>, "add">) {
  return {
    async add(user_id: number, bytes: Uint8Array, nonce: string | null) {
      const file = await sent(files, bytes);
      try {
        return await on.add(user_id, file, nonce);
      } finally {
        await file.content.discard();
      }
    },
  };
}

const rowsOf = (user_id: number) => readRows(folder, "SELECT id FROM uploads WHERE user_id = ?", [user_id]);
const filesKept = async () => {
  const kept = await readdir(join(folder, "uploads"), { recursive: true, withFileTypes: true });
  return kept.filter((entry) => entry.isFile()).length;
};
const notes = () => readRows(folder, "SELECT kind, made FROM made");

async function idOf(adding: ReturnType<typeof uploads.add>): Promise<number> {
  const outcome = await adding;
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value.id;
}

async function sweepAll(): Promise<void> {
  now_ms += limits.upload_orphan_age_ms + 1;
  const sweeping = startSweep(shared);
  await sweeping.run();
  await sweeping.stop();
}

/** A store whose writer has the job done, or not, and loses the answer. */
function losing(is_done: boolean): Store {
  const perform: Perform = async (write, onLost) => {
    if (is_done) await store.writer.perform(write);
    onLost?.();
    const found = await write.find();
    if (found === null) throw new DatabaseError(unavailable("the answer was lost"));
    return { state: "stored", value: found };
  };
  return { ...store, writer: { ...store.writer, perform } };
}

test("the same nonce again is answered with the same upload", async () => {
  const bytes = anyPng();
  const first = await uploads.add(alice, bytes, "n");
  expect(await uploads.add(alice, bytes, "n")).toEqual(first);
  expect(first).toMatchObject({ ok: true, value: { success: true, type: "image/png", bytes: bytes.length } });
  expect(rowsOf(alice)).toHaveLength(1);
});

test("the nonce says what it is, whatever the bytes are", async () => {
  const first = await uploads.add(alice, anyPng(), "n");
  expect(await uploads.add(alice, anyPng(), "n")).toEqual(first);
  expect(await uploads.add(alice, damaged_png, "n")).toEqual(first);
  expect(rowsOf(alice)).toHaveLength(1);
});

test("many at once make one, and leave the bytes of no other behind", async () => {
  const adding = Array.from({ length: 4 }, () => idOf(uploads.add(alice, anyPng(), "n")));
  expect(new Set(await Promise.all(adding)).size).toBe(1);
  expect(rowsOf(alice)).toHaveLength(1);
  expect(await filesKept()).toBe(1);
});

test("many at once at several nodes make one, too, and leave no other bytes behind", async () => {
  const nodes = Array.from({ length: 4 }, () => sending(createUploads(shared)));
  const adding = nodes.map((node) => idOf(node.add(alice, anyPng(), "n")));
  expect(new Set(await Promise.all(adding)).size).toBe(1);
  expect([rowsOf(alice).length, await filesKept()]).toEqual([1, 1]);
});

test("one whose end nobody can tell keeps its bytes: it may be there", async () => {
  const perform: Perform = async (write) => {
    await store.writer.perform(write);
    throw new UnknownEndError(new DatabaseError(unavailable("the answer was lost")));
  };
  const unsure = { ...store, writer: { ...store.writer, perform } };
  const lost = sending(createUploads({ ...shared, store: unsure })).add(alice, anyPng(), "n");
  expect(await lost.catch((error: unknown) => error)).toBeInstanceOf(UnknownEndError);
  expect([rowsOf(alice).length, await filesKept()]).toEqual([1, 1]);
});

test("another nonce, another user, or no nonce makes another", async () => {
  const bytes = anyPng();
  const all = [
    uploads.add(alice, bytes, "n"),
    uploads.add(alice, bytes, "N"),
    uploads.add(bob, bytes, "n"),
    uploads.add(alice, bytes, null),
    uploads.add(alice, bytes, null),
  ];
  expect(new Set(await Promise.all(all.map(idOf))).size).toBe(5);
  expect(notes()).toHaveLength(3);
});

test("a damaged image is not noted: the nonce is free", async () => {
  const refused = await uploads.add(alice, damaged_png, "n");
  expect(refused).toMatchObject({ ok: false, error: { code: "bad_request" } });
  expect(notes()).toEqual([]);
  const id = await idOf(uploads.add(alice, anyPng(), "n"));
  expect(notes()).toEqual([{ kind: "upload", made: String(id) }]);
});

test("bytes that can't be kept are not noted: the nonce is free", async () => {
  const put: Files["put"] = () => Promise.reject(new Error("the disk is full"));
  const bytes = anyPng();
  const refused = await sending(createUploads({ ...shared, files: { ...files, put } })).add(alice, bytes, "n");
  expect(refused).toMatchObject({ ok: false, error: { code: "unavailable" } });
  expect([rowsOf(alice), notes()]).toEqual([[], []]);
  expect((await uploads.add(alice, bytes, "n")).ok).toBe(true);
});

test("one that has been removed since is a conflict, and not made again", async () => {
  const bytes = anyPng();
  await uploads.add(alice, bytes, "n");
  await sweepAll();
  expect(await uploads.add(alice, bytes, "n")).toMatchObject({ ok: false, error: { code: "conflict" } });
  expect(rowsOf(alice)).toEqual([]);
});

test("a nonce that is forgotten makes another", async () => {
  const bytes = anyPng();
  const first = await idOf(uploads.add(alice, bytes, "n"));
  await at_once.made.forget({ before: now_ms + 1, limit: 10 });
  expect(await idOf(uploads.add(alice, bytes, "n"))).not.toBe(first);
});

test("two at once, of the same bytes or of others, make one", async () => {
  const bytes = anyPng();
  const same = await Promise.all([uploads.add(alice, bytes, "n"), uploads.add(alice, bytes, "n")]);
  expect(same[0]).toMatchObject({ ok: true });
  expect(same[1]).toEqual(same[0]);
  const others = await Promise.all([uploads.add(bob, anyPng(), "n"), uploads.add(bob, anyPng(), "n")]);
  expect(others[0]).toMatchObject({ ok: true });
  expect(others[1]).toEqual(others[0]);
  expect([rowsOf(alice).length, rowsOf(bob).length]).toEqual([1, 1]);
});

test("whose account has ended meanwhile uploads nothing", async () => {
  await at_once.users.end({ id: alice, checked_hash: "hash", seq: 10, now: now_ms });
  for (const nonce of ["n", null]) {
    const refused = await uploads.add(alice, anyPng(), nonce);
    expect(refused).toMatchObject({ ok: false, error: { code: "unauthorized" } });
  }
  expect([rowsOf(alice), notes()]).toEqual([[], []]);
});

test("an answer that was lost is found, and one that was not done can be asked for again", async () => {
  const bytes = anyPng();
  const lost = sending(createUploads({ ...shared, store: losing(false) })).add(alice, bytes, "n");
  expect(await lost.catch((error: unknown) => error)).toBeInstanceOf(DatabaseError);
  expect([rowsOf(alice), notes(), await filesKept()]).toEqual([[], [], 0]);
  const id = await idOf(sending(createUploads({ ...shared, store: losing(true) })).add(alice, bytes, "n"));
  expect(await idOf(uploads.add(alice, bytes, "n"))).toBe(id);
  expect(rowsOf(alice)).toEqual([{ id }]);
});
