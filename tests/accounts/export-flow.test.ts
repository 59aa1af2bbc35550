// An export on its way: made as it is read, so that a large one takes no more memory than a small one, and what is cut
// off is no zip.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { unzipSync } from "fflate";
import { createExports, type ExportsDependencies } from "../../src/accounts/exports.ts";
import { createPools } from "../../src/domain/pools.ts";
import { writeRows } from "../harness/database.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { pngOf } from "../uploads/samples.ts";

const IMAGE_BYTES = 8 * 1024 * 1024;
const IMAGES = 40;
const PIECE_BYTES = 100_000;

let server: TestServer;
let alice: TestUser;
beforeEach(async () => {
  server = await startServer();
  alice = await server.user();
  await giveManyImages();
});
afterEach(() => server.stop());

/** Uploads of the same bytes, each a row and a file of the zip of its own. */
async function giveManyImages(): Promise<void> {
  const headers = { authorization: `Bearer ${alice.token}` };
  await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: await pngOf(2, 2) });
  const [path] = await Array.fromAsync(new Glob("**/*").scan(join(server.folder, "uploads")));
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  await Bun.write(join(server.folder, "uploads", path ?? ""), new Blob(Array(IMAGE_BYTES / 65_536).fill(bytes)));
  const sql = `insert into uploads (id, user_id, hash, type, width, height, bytes, created_at)
    select id + ?, user_id, hash, type, width, height, bytes, created_at from uploads order by id limit 1`;
  writeRows(
    server.folder,
    sql,
    Array.from({ length: IMAGES - 1 }, (_, place) => [place + 1]),
  );
}

const ask = () => fetch(`${server.url}/api/v1/user/export`, { headers: { authorization: `Bearer ${alice.token}` } });

test("what isn't read isn't made", async () => {
  const nothing = async () => [];
  const image = { user_id: 1, hash: "", type: "image/png", width: 1, height: 1, bytes: PIECE_BYTES, created_at: 0 };
  const images = Array.from({ length: IMAGES }, (_, place) => ({ ...image, id: place + 1 }));
  const store = {
    users: { byId: async () => ({ id: 1, name: "alice", created_at: 0, last_online: 0 }) },
    friendships: { listFor: nothing },
    messages: { channelsAfter: nothing },
    ownWords: { memberships: nothing, conversations: nothing, readStates: nothing },
    notifications: { listOf: nothing },
    uploads: { allOf: async () => images },
  } as unknown as ExportsDependencies["store"];
  let opened = 0;
  const exports = createExports({
    ...{ store, pools: createPools(), monotonic: () => 0 },
    async readUpload() {
      opened += 1;
      return new Blob([new Uint8Array(PIECE_BYTES)]);
    },
  });
  const made = await exports.open({ user_id: 1, address: "", isAllowed: async () => true });
  if (!made.ok) throw new Error(made.error.message);
  const reader = made.value.zip.getReader();
  for (let read = 0; ; ) {
    expect(opened).toBeLessThanOrEqual(Math.floor(read / PIECE_BYTES) + 1);
    const next = await reader.read();
    if (next.done) break;
    read += next.value.byteLength;
  }
  expect(opened).toBe(IMAGES);
});

test("what is cut off is no zip", async () => {
  const response = await ask();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const stopping = server.stop();
  const reader = response.body?.getReader();
  try {
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) pieces.push(next.value);
  } catch {}
  await stopping;
  const cut = new Uint8Array(await new Blob(pieces).arrayBuffer());
  expect(cut.byteLength).toBeLessThan(IMAGES * IMAGE_BYTES);
  expect(() => unzipSync(cut)).toThrow();
  server = await startServer();
}, 60_000);

test("who is logged out meanwhile gets no more of it", async () => {
  const response = await ask();
  await server.call("POST", "/user/logout", undefined, alice.token);
  const ended = await response.arrayBuffer().then(
    (whole) => whole.byteLength,
    () => 0,
  );
  expect(ended).toBeLessThan(IMAGES * IMAGE_BYTES);
}, 60_000);
