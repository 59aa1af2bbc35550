// An export on its way: made as it is read, so that a large one takes no more memory than a small one, and what is cut
// off is no zip.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { unzipSync } from "fflate";
import { deadline } from "../../scripts/deadline.ts";
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

/** Of one person, who has nothing but images; `opened` counts those that were read. */
function exportsOf(count: number) {
  const nothing = async () => [];
  const image = { user_id: 1, hash: "", type: "image/png", width: 1, height: 1, bytes: PIECE_BYTES, created_at: 0 };
  const images = Array.from({ length: count }, (_, place) => ({ ...image, id: place + 1 }));
  const store = {
    users: { byId: async () => ({ id: 1, name: "alice", created_at: 0, last_online: 0 }) },
    friendships: { listFor: nothing },
    messages: { channelsAfter: nothing },
    ownWords: { memberships: nothing, conversations: nothing, readStates: nothing },
    bots: { ofOwner: nothing },
    notifications: { listOf: nothing },
    pushSubscriptions: { listOf: nothing },
    uploads: { allOf: async () => images },
  } as unknown as ExportsDependencies["store"];
  const seen = { opened: 0 };
  const exports = createExports({
    ...{ store, pools: createPools(), monotonic: () => 0 },
    async readUpload() {
      seen.opened += 1;
      return new Blob([new Uint8Array(PIECE_BYTES)]);
    },
  });
  return { exports, seen };
}

const isAllowed = async () => true;
const herself = { user_id: 1, who: { party: "1", group: "" }, isAllowed };

test("what isn't read isn't made", async () => {
  const { exports, seen } = exportsOf(IMAGES);
  const made = await exports.open(herself);
  if (!made.ok) throw new Error(made.error.message);
  const reader = made.value.zip.getReader();
  for (let read = 0; ; ) {
    expect(seen.opened).toBeLessThanOrEqual(Math.floor(read / PIECE_BYTES) + 1);
    const next = await reader.read();
    if (next.done) break;
    read += next.value.byteLength;
  }
  expect(seen.opened).toBe(IMAGES);
});

test("who doesn't read theirs keeps nobody at the machine waiting", async () => {
  const { exports } = exportsOf(1);
  const own = await exports.open(herself);
  let came = false;
  const second = exports.open(herself).then(() => {
    came = true;
  });
  const at_machine = await deadline("an export", exports.open({ ...herself, who: null }));
  if (!own.ok || !at_machine.ok) throw new Error("there is none");
  const zip = new Uint8Array(await new Response(at_machine.value.zip).arrayBuffer());
  expect(Object.keys(unzipSync(zip))).toContain("uploads/1.png");
  // Their own second one does wait.
  expect(came).toBe(false);
  await own.value.zip.cancel();
  await second;
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
