// What was acknowledged is kept, and nothing is doubled, however the program ends. The real program, in a process of its
// own, is ended in the middle of its work, again and again on one database.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../harness/random.ts";
import { Load } from "./load.ts";
import { loadUntil, recover, start } from "./rounds.ts";

const PEOPLE = 6;
const ROUNDS = 5;

let folder: string;
let load: Load;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-crash-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test(`killed at any moment, ${ROUNDS} times over, it has lost and doubled nothing`, async () => {
  const random = seededRandom(20_260_101);
  load = new Load({ people: PEOPLE, random });
  let life = await start(folder);
  await load.found(life.server);
  for (let round = 0; round < ROUNDS; round += 1) {
    await loadUntil(life, load, random.whole(60, 240), (program) => program.kill());
    const { found, ...next } = await recover(folder, load);
    expect(found.kept).toBeGreaterThan(0);
    life = next;
  }
  expect(await life.program.stop()).toBe(0);
}, 60_000);

test("told to stop under load, it closes sockets with 1012, ends with 0, and has answered whatever it did", async () => {
  const life = await start(folder);
  let exit_code: number | undefined;
  await loadUntil(life, load, 200, async (program) => {
    exit_code = await program.stop();
  });
  expect(exit_code).toBe(0);
  const codes = await Promise.all(load.sessions.map(async ({ client }) => (await client.closed).code));
  expect(new Set(codes)).toEqual(new Set([1012]));
  const { program } = await recover(folder, load);
  expect(await program.stop()).toBe(0);
}, 60_000);
