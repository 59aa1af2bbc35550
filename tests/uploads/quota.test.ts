// How many bytes one user may have uploaded: what is there counts, what was removed doesn't, and many at once find no way
// past it.

import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { basename, join } from "node:path";
import { Glob } from "bun";
import { botOf } from "../bots/programs.ts";
import type { Json } from "../harness/client.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { pngOf } from "./samples.ts";

let server: TestServer;
let images: Uint8Array<ArrayBuffer>[];
let quota: number;
beforeAll(async () => {
  images = await Promise.all([1, 2, 3, 4, 5, 6].map((width) => pngOf(width, 1)));
  quota = Math.max(...images.map(({ byteLength }) => byteLength)) * 2;
  server = await startServer({ upload_quota: String(quota) });
});
afterAll(() => server.stop());
afterEach(() => writeRows(server.folder, "delete from uploads", [[]]));

async function upload({ token }: TestUser, bytes: Uint8Array<ArrayBuffer> | undefined, to = server) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${to.url}/api/v1/uploads`, { method: "POST", headers, body: bytes ?? null });
  return { status: response.status, body: (await response.json()) as Json };
}

const used = ({ id }: TestUser) => readRows(server.folder, "select bytes from upload_usage where user_id = ?", [id])[0];

test("what goes beyond it is refused, to this user alone", async () => {
  const [alice, bob] = await Promise.all([server.user(), server.user()]);
  expect((await upload(alice, images[0])).status).toBe(201);
  expect((await upload(alice, images[1])).status).toBe(201);
  expect(await upload(alice, images[2])).toEqual({
    status: 409,
    body: {
      ...{ success: false, code: "limit_reached", message: expect.any(String) },
      details: { limit: "upload_quota_bytes" },
    },
  });
  expect((await upload(bob, images[2])).status).toBe(201);
});

test("what a bot uploads counts for whose it is, and theirs for it, also after its end", async () => {
  const alice = await server.user();
  const [bot, other] = [await botOf(server, alice), await botOf(server, alice)];
  expect((await upload(bot, images[0])).status).toBe(201);
  expect((await upload(alice, images[1])).status).toBe(201);
  for (const one of [alice, bot, other]) expect((await upload(one, images[2])).body.code).toBe("limit_reached");
  await server.call("DELETE", `/bots/${bot.id}`, undefined, alice.token);
  expect((await upload(alice, images[2])).body.code).toBe("limit_reached");
});

test("what was removed makes room again", async () => {
  const alice = await server.user();
  for (const image of images.slice(0, 2)) expect((await upload(alice, image)).status).toBe(201);
  expect((await upload(alice, images[2])).body.code).toBe("limit_reached");
  writeRows(server.folder, "delete from uploads where user_id = ?", [[alice.id]]);
  expect(used(alice)).toEqual({ bytes: 0 });
  expect((await upload(alice, images[2])).status).toBe(201);
  expect(used(alice)).toEqual({ bytes: images[2]?.byteLength as number });
});

test("many at once don't pass it, and leave no bytes of those refused", async () => {
  const own = await startServer({ upload_quota: String(quota) });
  const alice = await own.user();
  const answers = await Promise.all([...images, ...images].map((image) => upload(alice, image, own)));
  const rows = readRows(own.folder, "select id, hash, bytes from uploads");
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.reduce((sum, { bytes }) => sum + Number(bytes), 0)).toBeLessThanOrEqual(quota);
  for (const { status, body } of answers) if (status !== 201) expect(body["code"]).toBe("limit_reached");
  const files = await Array.fromAsync(new Glob("**/*").scan(join(own.folder, "uploads")));
  const keys = rows.map(({ id, hash }) => `${hash}.${id}`);
  expect(files.map((path) => basename(path)).toSorted()).toEqual(keys.toSorted());
  await own.stop();
});
