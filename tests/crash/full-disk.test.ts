// A disk that takes no more, and one that takes some again. It is full for the one program under test alone: the
// system's bound on the size of its files (RLIMIT_FSIZE) is set below what the journal needs, from outside.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { done } from "../harness/community.ts";
import { seededRandom } from "../harness/random.ts";
import { dataFolder, Load } from "./load.ts";
import { command } from "./process.ts";
import { expectPromises, start } from "./rounds.ts";

const tool = Bun.which("prlimit");
const onLinux = test.if(tool !== null);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "orchard-full-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function boundFiles({ pid }: Program, bytes: number | "unlimited"): void {
  const { exitCode, stderr } = Bun.spawnSync([String(tool), `--pid=${pid}`, `--fsize=${bytes}:unlimited`]);
  if (exitCode !== 0) throw new Error(stderr.toString());
}

const statusOf = async (url: string) => (await fetch(`${url}/readyz`)).status;

describe("a disk that is full under load", () => {
  onLinux("refuses changes and announces none, serves reads, and when there is room all goes on", async () => {
    const folder = await mkdtemp(join(root, "run-"));
    const load = new Load({ people: 4, random: seededRandom(20_260_102) });
    const { program, server } = await start(folder);
    await load.found(server);
    await load.connect(server);
    const journal = join(dataFolder(folder), "orchard.db-wal");
    const during = Promise.withResolvers<void>();
    let enough = Number.POSITIVE_INFINITY;
    load.onAcknowledged = (count) => {
      if (count === 100) boundFiles(program, statSync(journal).size);
    };
    load.onUnavailable = (count) => {
      if (count === 20) during.resolve();
    };
    const running = load.run(server, () => load.ledger.acknowledged >= enough);
    await during.promise;
    expect(await statusOf(server.url)).toBe(503);
    const reader = { client: await server.connect(load.people[0] ?? { token: "" }) };
    for (const channel_id of load.channels) {
      await done(reader, "get_message_chunk", { channel_id, amount: 50, anchor: 0, direction: true });
    }
    boundFiles(program, "unlimited");
    expect(await statusOf(server.url)).toBe(200);
    enough = load.ledger.acknowledged + 100;
    await running;
    expect(load.unexpected).toEqual([]);
    expect(load.listeners.flatMap((listener) => listener.catchUp().faults)).toEqual([]);
    await expectPromises(folder, server, load);
    expect(await program.stop()).toBe(0);
    const again = await start(folder);
    await expectPromises(folder, again.server, load);
    expect(await again.program.stop()).toBe(0);
  });
});

describe("a disk that takes nothing", () => {
  onLinux("keeps the server from starting, which says so and ends with 1", async () => {
    const folder = await mkdtemp(join(root, "run-"));
    const ending = await Program.run([String(tool), "--fsize=0", ...command], folder, { ORCHARD_PORT: "0" });
    expect(ending).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: expect.stringContaining("the server can't start"),
    });
  });

  onLinux("gets no backup, and no piece of one", async () => {
    const folder = await mkdtemp(join(root, "run-"));
    const { program, server } = await start(folder);
    const alice = await server.user();
    const bounded = [String(tool), "--fsize=100000", ...command];
    const refused = await Program.run([...bounded, "backup", "copy.db"], folder);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no backup was made") });
    expect(await readdir(folder)).toEqual(["data"]);
    expect(await Program.run([...command, "backup", "copy.db"], folder)).toMatchObject({ exitCode: 0 });
    expect(await program.stop()).toBe(0);
    const kept = await Program.run([...bounded, "restore", "copy.db"], folder);
    expect(kept).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("nothing was replaced") });
    const again = await start(folder);
    expect(await again.server.login(alice.name)).toMatchObject({ id: alice.id });
    expect(await again.program.stop()).toBe(0);
  });
});
