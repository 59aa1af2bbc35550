// A database server that is killed under load, again and again, while orchard lives on: all that it had acknowledged is
// there, nothing is doubled, and those who listen hear everything. The real programs, each a process of its own.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { keepDatabaseAt } from "../harness/database.ts";
import { seededRandom } from "../harness/random.ts";
import { hasSqld, Sqld } from "../harness/sqld.ts";
import { expectToSurvive } from "./fault.ts";
import { dataFolder, Load } from "./load.ts";
import { commandWith } from "./process.ts";
import { loadUntil, recover, start } from "./rounds.ts";

const PEOPLE = 6;
const KILLS = 2;

let root: string;
let sqld: Sqld;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "orchard-remote-"));
  if (hasSqld) sqld = await Sqld.start();
});
afterAll(async () => {
  await sqld?.remove();
  await rm(root, { recursive: true, force: true });
});

/** A folder whose programs use a new database of the server. */
async function place(options: { durable?: boolean } = {}) {
  const folder = await mkdtemp(join(root, "place-"));
  const url = await sqld.newDatabase(options);
  await keepDatabaseAt(dataFolder(folder), url);
  return { folder, url, command: commandWith({ ORCHARD_DATABASE_URL: url }) };
}

describe.skipIf(!hasSqld)("a database server", () => {
  test(`killed under load ${KILLS} times is missed and found again, and has lost and doubled nothing`, async () => {
    const { folder, command } = await place();
    const load = new Load({ people: PEOPLE, random: seededRandom(20_260_103) });
    const life = await start(folder, command);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const fault = { begin: () => sqld.kill(), end: () => sqld.restart(), takes_reads: true } as const;
      await expectToSurvive(folder, life, load, fault);
    }
    expect(await life.program.stop()).toBe(0);
    const { program } = await recover(folder, load, command);
    expect(await program.stop()).toBe(0);
  }, 60_000);

  test("outlives orchard, which is killed under load and has lost and doubled nothing", async () => {
    const { folder, command } = await place();
    const load = new Load({ people: PEOPLE, random: seededRandom(20_260_104) });
    const life = await start(folder, command);
    await load.found(life.server);
    await loadUntil(life, load, 150, (program) => program.kill());
    const { program, found } = await recover(folder, load, command);
    expect(found.kept).toBeGreaterThan(0);
    expect(await program.stop()).toBe(0);
  }, 60_000);

  test("has its file backed up while both run, and restored while neither does", async () => {
    const { folder, command, url } = await place();
    const ofFile = commandWith({ ORCHARD_DATABASE_URL: `file:${sqld.fileOf(url)}` });
    const life = await start(folder, command);
    const alice = await life.server.user();
    expect(await Program.run([...ofFile, "backup", "copy.db"], folder)).toMatchObject({ exitCode: 0, stderr: "" });
    const bob = await life.server.user();
    expect(await life.program.stop()).toBe(0);
    await sqld.stop();
    expect(await Program.run([...ofFile, "restore", "copy.db"], folder)).toMatchObject({ exitCode: 0, stderr: "" });
    await sqld.restart();
    const { program, server } = await start(folder, command);
    expect((await server.login(alice.name)).id).toBe(alice.id);
    expect(await server.login(bob.name).catch(() => null)).toBeNull();
    await server.user(bob.name);
    expect(await program.stop()).toBe(0);
  });

  test("that another orchard takes is left to it: the first one says so and ends with 1", async () => {
    const { folder, command } = await place();
    const first = await start(folder, command);
    const alice = await first.server.join();
    const second = await start(folder, command);
    const bob = { username: "bob", password: "correct horse battery" };
    // What it wrote by itself may have been refused before that.
    await first.server.call("POST", "/user/register", bob).catch(() => null);
    expect(await first.program.exited()).toBe(1);
    expect(await first.program.stderr).toContain("another process has taken the database");
    expect(await alice.client.closed).toMatchObject({ code: 1012 });
    expect((await second.server.login(alice.name)).id).toBe(alice.id);
    expect((await second.server.call("POST", "/user/login", bob)).status).toBe(401);
    expect(await second.program.stop()).toBe(0);
  });

  test("that doesn't sync its commits is refused with what to do about it, unless it is allowed", async () => {
    const { folder, command, url } = await place({ durable: false });
    const refused = await Program.run(command, folder, { ORCHARD_PORT: "0" });
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toContain("durability_mode");
    expect(refused.stderr).toContain("ORCHARD_DATABASE_UNSAFE=on");
    const allowed = await start(folder, commandWith({ ORCHARD_DATABASE_URL: url, ORCHARD_DATABASE_UNSAFE: "on" }));
    expect((await fetch(`${allowed.server.url}/readyz`)).status).toBe(200);
    await allowed.server.user();
    expect(await allowed.program.stop()).toBe(0);
  });
});
