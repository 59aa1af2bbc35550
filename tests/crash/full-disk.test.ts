// A disk that takes no more, and one that takes some again. It is full for the one program under test alone: the
// system's bound on the size of its files (RLIMIT_FSIZE) is set below what the journal needs, from outside.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { seededRandom } from "../harness/random.ts";
import { expectToSurvive } from "./fault.ts";
import { dataFolder, Load } from "./load.ts";
import { command } from "./process.ts";
import { recover, start } from "./rounds.ts";

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

describe("a disk that is full under load", () => {
  onLinux("refuses changes and announces none, serves reads, and when there is room all goes on", async () => {
    const folder = await mkdtemp(join(root, "run-"));
    const load = new Load({ people: 4, random: seededRandom(20_260_102) });
    const life = await start(folder);
    const journal = join(dataFolder(folder), "orchard.db-wal");
    await expectToSurvive(folder, life, load, {
      begin: () => boundFiles(life.program, statSync(journal).size),
      end: () => boundFiles(life.program, "unlimited"),
    });
    expect(await life.program.stop()).toBe(0);
    const { program } = await recover(folder, load);
    expect(await program.stop()).toBe(0);
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
