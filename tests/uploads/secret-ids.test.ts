// Whoever has the address of an upload may see it, so that nobody may come by one: neither from ids of their own, nor by trying.

import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createThrottle } from "../../src/accounts/throttle.ts";
import { first_secret_id, secretId, secretKey, timeOfId } from "../../src/domain/ids.ts";
import { rates } from "../../src/domain/limits.ts";
import { writeRows } from "../harness/database.ts";
import { heard } from "../harness/processes.ts";
import { seededRandom } from "../harness/random.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { anyPng } from "./samples.ts";

async function uploaded(server: TestServer, { token }: TestUser): Promise<{ id: number; url: string }> {
  const init = { method: "POST", headers: { authorization: `Bearer ${token}` }, body: anyPng() };
  return (await (await fetch(`${server.url}/api/v1/uploads`, init)).json()) as { id: number; url: string };
}

const upload = async (server: TestServer, by: TestUser) => (await uploaded(server, by)).id;

test("an id is of 52 bits, from the least to the greatest, and its last digit evenly spread", () => {
  expect(secretId(() => 0)).toBe(2 ** 52);
  expect(secretId(() => 1 - 2 ** -53)).toBe(Number.MAX_SAFE_INTEGER);
  expect(secretId(() => 2 ** -52)).toBe(2 ** 52 + 1);
});

test("a key is of 128 bits, in 22 signs of an address", () => {
  expect([secretKey(() => 0), secretKey(() => 1 - 2 ** -53)]).toEqual(["A".repeat(22), `${"_".repeat(21)}w`]);
  const random = seededRandom(7);
  const keys = Array.from({ length: 500 }, () => secretKey(random.next));
  expect(keys.every((key) => /^[\w-]{22}$/.test(key))).toBe(true);
  // Each of the 128 bits is set in about half of them.
  const set = Array<number>(128).fill(0);
  for (const key of keys) {
    const bytes = Buffer.from(key, "base64url");
    for (let bit = 0; bit < 128; bit += 1) set[bit] = (set[bit] ?? 0) + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1);
  }
  expect([Math.min(...set) > 180, Math.max(...set) < 320]).toEqual([true, true]);
});

describe("the ids of a server", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("of uploads follow nothing, and move no others, whatever becomes of them", async () => {
    let server = await startServer({}, folder);
    const alice = await server.user();
    const ids = [await upload(server, alice), await upload(server, alice), await upload(server, alice)];
    for (const id of ids) {
      expect(Number.isSafeInteger(id)).toBe(true);
      expect(id).toBeGreaterThanOrEqual(first_secret_id);
    }
    expect(new Set(ids.map((id) => Math.floor(id / 2 ** 20))).size).toBe(3);
    writeRows(server.folder, "delete from uploads where id = ?", [[ids[0] ?? 0]]);
    server = await server.restart();
    const bob = await server.user();
    expect(Math.abs(timeOfId(bob.id) - Date.now())).toBeLessThan(3_600_000);
    await server.stop();
  });

  test("stay above an upload's of a time when these followed the clock", async () => {
    let server = await startServer({}, folder);
    const alice = await server.user();
    const old = alice.id + 3_600_000_000;
    const row = [old, alice.id, "hash", "image/png", 1, 1, 1, Date.now(), 1];
    writeRows(server.folder, "insert into uploads values (?, ?, ?, ?, ?, ?, ?, ?, ?, null, null, 0)", [row]);
    server = await server.restart();
    expect((await server.user()).id).toBeGreaterThan(old);
    writeRows(server.folder, "delete from uploads where id = ?", [[old]]);
    await server.stop();
  });

  test("aren't drawn from Math.random", async () => {
    const chance = spyOn(Math, "random").mockReturnValue(0);
    const server = await startServer();
    const users = [await server.user(), await server.user(), await server.user(), await server.user()];
    chance.mockRestore();
    expect(users.map(({ id }) => id % 1000)).not.toEqual([0, 0, 0, 0]);
    await server.stop();
  });
});

describe("who tries ids", () => {
  test("is refused after so many misses, and what is there is nothing to go by then", async () => {
    const few = { burst: 3, per_s: 0.001 };
    const server = await startServer({ rate_limits: true, rates: { ...rates, upload_misses_per_address: few } });
    const alice = await server.user();
    const { id, url } = await uploaded(server, alice);
    const ask = async (path: string) => {
      const { status } = await fetch(server.url + path);
      await heard(server.url);
      return status;
    };
    for (let found = 0; found < 10; found += 1) expect(await ask(url)).toBe(200);
    const wrong_key = url.slice(0, -3) + (url.endsWith("AAA") ? "BBB" : "AAA");
    const missing = [wrong_key, `/api/v1/uploads/${id}`, `/api/v1/uploads/${first_secret_id}/${"A".repeat(22)}`];
    for (const one of missing) expect(await ask(one)).toBe(404);
    expect(await ask(url)).toBe(429);
    const refused = await fetch(`${server.url}/api/v1/uploads/7`);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await server.stop();
  });

  test("many at one time waits for each of them, up to a bound, and nobody else does", () => {
    let now_ms = 0;
    let refusals = 0;
    const misses = createThrottle(
      { burst: 10, per_s: 1 },
      () => now_ms,
      () => (refusals += 1),
    );
    for (let at_once = 0; at_once < 15; at_once += 1) misses.owe("mallory");
    expect(misses.wait("mallory")).toBe(6_000);
    for (let at_once = 0; at_once < 1_000; at_once += 1) misses.owe("mallory");
    expect([misses.wait("mallory"), misses.wait("alice")]).toEqual([11_000, 0]);
    now_ms += 11_000;
    expect(misses.wait("mallory")).toBe(0);
    expect(refusals).toBe(2);
  });
});
