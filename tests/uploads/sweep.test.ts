// The sweep, over a real database and a real folder, with a clock of its own: what goes, what stays, and what happens
// to what changes in the same moment.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../../src/db/store.ts";
import { alone } from "../../src/db/upkeep/duty.ts";
import { limits } from "../../src/domain/limits.ts";
import { createPools } from "../../src/domain/pools.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { type Files, openFiles } from "../../src/uploads/files.ts";
import { startSweep } from "../../src/uploads/sweep.ts";
import { createUploads } from "../../src/uploads/uploads.ts";
import { performing } from "../db/performing-store.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { startServer } from "../harness/server.ts";
import { anyPng } from "./samples.ts";
import { sent } from "./sent.ts";

const alice = 1;
const bob = 2;
const log = createLog("silent");
const old_ms = limits.upload_orphan_age_ms + 1;

let folder: string;
let store: Store;
let files: Files;
let now_ms: number;
let uploads: ReturnType<typeof createUploads>;
let shared: Parameters<typeof startSweep>[0] & { store: Store };

beforeEach(async () => {
  now_ms = Date.now();
  folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  store = await openStore({ url: `file:${join(folder, "orchard.db")}` });
  for (const [id, name] of [[alice, "alice"] as const, [bob, "bob"] as const]) {
    const user = { id, name, name_key: name, email: null, password_hash: "hash", created_at: now_ms };
    await performing(store).users.create(user);
  }
  files = await openFiles({ folder: join(folder, "uploads"), bucket: null });
  const clock = () => now_ms;
  shared = { store, files, log, clock, duty: alone };
  uploads = createUploads({
    ...shared,
    pools: createPools(),
    random: Math.random,
    quotaBytes: () => Number.MAX_SAFE_INTEGER,
    throttle: { take: () => 0 },
  });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** Sweeps until nothing more happens, with some parts in place of the usual. */
async function sweep(instead: Partial<typeof shared> = {}): Promise<void> {
  const sweeping = startSweep({ ...shared, ...instead });
  await sweeping.run();
  await sweeping.stop();
}

async function upload(bytes = anyPng(), user_id = alice): Promise<number> {
  const file = await sent(files, bytes);
  const outcome = await uploads.add(user_id, file, null).finally(() => file.content.discard());
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value.id;
}

/** Whether an upload is there, and its bytes with it. */
async function there(id: number): Promise<[row: boolean, bytes: boolean]> {
  const row = await uploads.find(id);
  const body = row && (await uploads.read(row));
  return [row !== null, body?.ok === true && body.value !== null];
}

const storedFiles = async () => {
  const entries = await readdir(join(folder, "uploads"), { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).length;
};

const show = (profile_pic: string | null, user_id = alice, id: number | null = null) =>
  performing(store).users.update(user_id, { profile_pic }, now_ms, id);
const showAsPicture = (id: number, user_id = alice) => show(`/api/v1/uploads/${id}`, user_id, id);

test("what nothing refers to goes when it is old enough, with its bytes", async () => {
  const first = await upload();
  now_ms += old_ms;
  const second = await upload();
  await sweep();
  expect([await there(first), await there(second)]).toEqual([
    [false, false],
    [true, true],
  ]);
  expect(await storedFiles()).toBe(1);
});

test("what something refers to stays until nothing does", async () => {
  const id = await upload();
  await showAsPicture(id);
  now_ms += old_ms;
  await sweep();
  expect(await there(id)).toEqual([true, true]);
  await show(null);
  await sweep();
  expect(await there(id)).toEqual([false, false]);
});

test("bytes stay as long as one upload has them, whoever's it is", async () => {
  const bytes = anyPng();
  const [mine, yours] = [await upload(bytes), await upload(bytes, bob)];
  await showAsPicture(yours, bob);
  now_ms += old_ms;
  await sweep();
  expect([await there(mine), await there(yours)]).toEqual([
    [false, false],
    [true, true],
  ]);
});

test("the same bytes swept twice in one go are gone", async () => {
  const bytes = anyPng();
  await upload(bytes);
  await upload(bytes, bob);
  now_ms += old_ms;
  await sweep();
  expect(await storedFiles()).toBe(0);
});

test("more than one slice goes in one sweep", async () => {
  const bytes = anyPng();
  for (let count = 0; count <= limits.upload_sweep_slice; count += 1) await upload(bytes);
  now_ms += old_ms;
  await sweep();
  expect(readRows(folder, "SELECT id FROM uploads")).toEqual([]);
  expect(await storedFiles()).toBe(0);
});

test("what is referred to just before it would go stays", async () => {
  const id = await upload();
  now_ms += old_ms;
  const remove: Store["uploads"]["remove"] = (upload) => {
    void showAsPicture(id);
    return store.uploads.remove(upload);
  };
  await sweep({ store: { ...store, uploads: { ...store.uploads, remove } } });
  expect(await there(id)).toEqual([true, true]);
});

test("what is uploaded again while it goes is stored again", async () => {
  const bytes = anyPng();
  const swept = await upload(bytes);
  now_ms += old_ms;
  let again: Promise<number> | null = null;
  const remove: Files["remove"] = async (...keys) => {
    again = upload(bytes, bob);
    // As far as the new upload comes while the old one's bytes are being removed.
    await store.users.byNameKey("alice");
    await files.remove(...keys);
  };
  await sweep({ files: { ...files, remove } });
  expect(await there(swept)).toEqual([false, false]);
  expect(await there((await again) ?? 0)).toEqual([true, true]);
});

test("a sweep that can't remove bytes breaks off, and the next one goes on", async () => {
  const ids: number[] = [];
  for (; ids.length < 3; now_ms += 1) ids.push(await upload());
  now_ms += old_ms;
  const remove: Files["remove"] = () => Promise.reject(new Error("the disk is away"));
  await sweep({ files: { ...files, remove } });
  expect(await Promise.all(ids.map(there))).toEqual([
    [false, false],
    [true, true],
    [true, true],
  ]);
  await sweep();
  expect(readRows(folder, "SELECT id FROM uploads")).toEqual([]);
});

test("a sweep that can't reach the database ends quietly, and the next one goes on", async () => {
  const id = await upload();
  now_ms += old_ms;
  const sweepable = () => Promise.reject(new Error("the database is away"));
  await sweep({ store: { ...store, uploads: { ...store.uploads, sweepable } } });
  expect(await there(id)).toEqual([true, true]);
  await sweep();
  expect(await there(id)).toEqual([false, false]);
});

test("bytes that no row knows are left alone: they may be another database's", async () => {
  await upload();
  const place = join(folder, "uploads/stray");
  await writeFile(place, "bytes");
  now_ms += old_ms;
  await sweep();
  expect(await Bun.file(place).text()).toBe("bytes");
});

test("a stopped sweep does no more", async () => {
  const ids = [await upload(), await upload()];
  now_ms += old_ms;
  let removed = 0;
  const remove: Files["remove"] = async (...keys) => {
    removed += 1;
    void sweeping.stop();
    await files.remove(...keys);
  };
  const sweeping = startSweep({ ...shared, files: { ...files, remove } });
  await sweeping.run();
  expect([removed, (await Promise.all(ids.map(there))).filter(([row]) => row).length]).toEqual([1, 1]);
});

test("a server sweeps when it starts", async () => {
  const own = join(folder, "server");
  const first = await startServer({}, own);
  const { token } = await first.user();
  const init = { method: "POST", headers: { authorization: `Bearer ${token}` } };
  const send = async () => {
    const response = await fetch(`${first.url}/api/v1/uploads`, { ...init, body: anyPng() });
    return (await response.json()) as { id: number; url: string };
  };
  const [old, young] = [await send(), await send()];
  await first.stop();
  writeRows(own, "UPDATE uploads SET created_at = ? WHERE id = ?", [[Date.now() - old_ms, old.id]]);
  const second = await startServer({}, own);
  const statusOf = async ({ url }: { url: string }) => (await fetch(`${second.url}${url}`)).status;
  while ((await statusOf(old)) !== 404);
  expect(await statusOf(young)).toBe(200);
  await second.stop();
  expect(readRows(own, "SELECT id FROM uploads")).toEqual([{ id: young.id }]);
});
