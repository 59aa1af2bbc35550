// Uploads where several nodes keep theirs in one place, each knowing nothing of what the others are just doing: what one
// takes away is never what another is storing. And what an earlier version stored, by its hash alone, is still there.

import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../../src/db/store.ts";
import { alone } from "../../src/db/upkeep/duty.ts";
import type { Upload } from "../../src/domain/community.ts";
import { limits } from "../../src/domain/limits.ts";
import { createPools } from "../../src/domain/pools.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { type Files, openFiles } from "../../src/uploads/files.ts";
import { startSweep } from "../../src/uploads/sweep.ts";
import { createUploads } from "../../src/uploads/uploads.ts";
import { performing } from "../db/performing-store.ts";
import { bucketOf, type S3Server, startS3Server } from "./s3-server.ts";
import { anyPng, pngOf } from "./samples.ts";
import { sent } from "./sent.ts";

const alice = 1;
const party = { party: "alice", group: "alice" };

let folder: string;
let store: Store;
let now_ms: number;
let s3: S3Server;

beforeEach(async () => {
  now_ms = Date.now();
  folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  store = await openStore({ url: `file:${join(folder, "orchard.db")}` });
  const user = { id: alice, name: "alice", name_key: "alice", email: null, password_hash: "h", created_at: now_ms };
  await performing(store).users.create(user);
  s3 = startS3Server();
});
afterEach(async () => {
  await store.close();
  await s3.stop();
  await rm(folder, { recursive: true });
});

const shared = () => join(folder, "uploads");
const places: [name: string, open: () => Promise<Files>, keys: () => Promise<string[]>][] = [
  [
    "a folder",
    () => openFiles({ folder: shared(), bucket: null, is_shared: true }),
    async () => {
      const entries = await readdir(shared(), { recursive: true, withFileTypes: true });
      return entries.filter((one) => one.isFile()).map(({ name }) => name);
    },
  ],
  [
    "a bucket",
    () => openFiles({ folder: shared(), bucket: bucketOf(s3) }),
    async () => [...s3.objects.keys()].map((key) => key.split("/").at(-1) ?? ""),
  ],
];

/** What one node does with uploads, with some of its ways to the files in place of the usual. */
async function nodeAt(open: () => Promise<Files>, instead: (files: Files) => Partial<Files> = () => ({})) {
  const usual = await open();
  const files = { ...usual, ...instead(usual) };
  const services = { store, files, log: createLog("silent"), clock: () => now_ms, duty: alone };
  const uploads = createUploads({
    ...{ ...services, pools: createPools(), random: Math.random },
    ...{ quotaBytes: () => Number.MAX_SAFE_INTEGER, throttle: { take: () => 0 } },
  });
  return {
    async upload(bytes: Uint8Array): Promise<number> {
      const file = await sent(files, bytes);
      const outcome = await uploads.add(alice, file, null).finally(() => file.content.discard());
      if (!outcome.ok) throw new Error(outcome.error.message);
      return outcome.value.id;
    },
    async read(id: number): Promise<Uint8Array | null> {
      const row = await uploads.find(id);
      return row && bytesIn(await uploads.read(row));
    },
    async small(id: number): Promise<Uint8Array | null> {
      const row = await uploads.find(id);
      return row && bytesIn(await uploads.readSmall(row, 128, party));
    },
    async sweep(): Promise<void> {
      now_ms += limits.upload_orphan_age_ms + 1;
      const sweeping = startSweep(services);
      await sweeping.run();
      await sweeping.stop();
    },
  };
}

async function bytesIn(read: { ok: boolean; value?: unknown }): Promise<Uint8Array | null> {
  return read.ok && read.value ? new Response(read.value as Blob).bytes() : null;
}

const hashOf = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** An upload as an earlier version stored it. */
async function formerUpload(files: Files, id: number, bytes: Uint8Array, size = { width: 1, height: 1 }) {
  const hash = hashOf(bytes);
  await files.put(hash, bytes);
  const row: Upload = {
    ...{ id, user_id: alice, hash, type: "image/png", ...size, bytes: bytes.length },
    ...{ created_at: now_ms, key: null, name: null },
  };
  await performing(store).uploads.create(row, null);
  return hash;
}

describe.each(places)("in %s that nodes share", (_, open, keys) => {
  test.each([
    ["an image", anyPng()],
    ["any file", Buffer.from("the same words")],
  ])("what one sweeps away is not what another receives meanwhile, of the same bytes: %s", async (__, bytes) => {
    const other = await nodeAt(open);
    const received: number[] = [];
    const sweeping = await nodeAt(open, (files) => ({
      // Its row is gone, its bytes are not: in that moment another node is sent the same.
      async remove(...gone) {
        received.push(await other.upload(bytes));
        await files.remove(...gone);
      },
    }));
    const old = await sweeping.upload(bytes);
    await sweeping.sweep();
    expect(await other.read(old)).toBeNull();
    expect(received).toHaveLength(1);
    for (const node of [other, sweeping])
      expect(Buffer.from((await node.read(received[0] ?? 0)) ?? [])).toEqual(Buffer.from(bytes));
    expect(await keys()).toEqual([`${hashOf(bytes)}.${received[0]}`]);
  });

  test("what one has stored, whose row is still to come, is not another's to take away with the same bytes", async () => {
    const bytes = anyPng();
    const other = await nodeAt(open);
    const old = await other.upload(bytes);
    const receiving = await nodeAt(open, (files) => ({
      async put(...kept) {
        await files.put(...kept);
        await other.sweep();
      },
    }));
    const id = await receiving.upload(bytes);
    expect([await other.read(old), await other.read(id)]).toEqual([null, bytes]);
  });

  test("a small version that one makes while another removes the image leaves nothing behind", async () => {
    const other = await nodeAt(open);
    const making = await nodeAt(open, (files) => ({
      async put(key, bytes) {
        if (key.endsWith("-128")) await other.sweep();
        await files.put(key, bytes);
      },
    }));
    const id = await making.upload(await pngOf(300, 200));
    expect(await making.small(id)).toBeNull();
    expect([await other.read(id), await keys()]).toEqual([null, []]);
  });

  test("a small version that one has made is not made by another", async () => {
    const [one, other] = [await nodeAt(open), await nodeAt(open)];
    const id = await one.upload(await pngOf(300, 200));
    const made = spyOn(Bun.Image.prototype, "webp");
    const small = await one.small(id);
    expect(small).not.toBeNull();
    expect(await other.small(id)).toEqual(small);
    expect(made.mock.calls.length).toBe(1);
    made.mockRestore();
  });
});

describe.each(places)("in %s of an earlier version", (_, open, keys) => {
  test("uploads of the same bytes are read until the last of them has gone, and so are those that come since", async () => {
    const files = await open();
    const node = await nodeAt(open);
    const bytes = anyPng();
    const hash = await formerUpload(files, 7, bytes);
    await formerUpload(files, 8, bytes);
    const since = await node.upload(bytes);
    expect((await keys()).sort()).toEqual([hash, `${hash}.${since}`]);
    for (const id of [7, 8, since]) expect(await node.read(id)).toEqual(bytes);
    for (const [id, left] of [[7, [8, since]] as const, [8, [since]] as const]) {
      const { is_gone, is_last } = await performing(store).uploads.remove({ id, hash });
      expect([is_gone, is_last]).toEqual([true, false]);
      for (const other of left) expect(await node.read(other)).toEqual(bytes);
    }
    await node.sweep();
    expect([await node.read(since), await keys()]).toEqual([null, []]);
  });

  test("a small version stands as it was made then", async () => {
    const files = await open();
    const node = await nodeAt(open);
    const bytes = await pngOf(300, 200);
    const hash = await formerUpload(files, 7, bytes, { width: 300, height: 200 });
    const small = await node.small(7);
    expect(small).not.toBeNull();
    expect((await keys()).sort()).toEqual([hash, `${hash}.7-128`]);
    const former = await formerUpload(files, 8, await pngOf(301, 200), { width: 301, height: 200 });
    await files.put(`${former}-128`, Buffer.from("of then"));
    expect(Buffer.from((await node.small(8)) ?? []).toString()).toBe("of then");
    await node.sweep();
    expect(await keys()).toEqual([]);
  });
});
