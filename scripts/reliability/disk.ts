// Faults of a real disk under the program: no room left, a sync that fails, no right to write. Wants Linux, root for the
// mounts, and strace for the sync; says which it can't do. Ends with 1 at the first broken promise.
// As a program: bun scripts/reliability/disk.ts [--seed 1]

import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectToSurvive, type Fault } from "../../tests/crash/fault.ts";
import { Load } from "../../tests/crash/load.ts";
import { command } from "../../tests/crash/process.ts";
import { type Life, recover, start } from "../../tests/crash/rounds.ts";
import { seededRandom } from "../../tests/harness/random.ts";
import { readArguments } from "../arguments.ts";
import { Program } from "../program.ts";

const DISK_SIZE = "24m";
const FILLER_BYTES = 4_096;

const values = readArguments("scripts/reliability/disk.ts", { seed: { type: "string", default: "1" } });

function run(...line: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(line);
  if (exitCode !== 0) throw new Error(`${line.join(" ")}: ${stderr}`);
}

/** A file that takes all the room there is. */
function fullDisk(folder: string): Fault {
  const filler = join(folder, "filler");
  return {
    begin() {
      const file = openSync(filler, "w");
      try {
        for (;;) writeSync(file, Buffer.alloc(FILLER_BYTES, 1));
      } catch {
        // That was the last of it.
      } finally {
        closeSync(file);
      }
    },
    end: () => unlinkSync(filler),
  };
}

/** Every sync of the process ends with EIO. */
function failingSync(pid: () => number): Fault {
  let tracer: Bun.Subprocess<"ignore", "ignore", "pipe"> | undefined;
  return {
    async begin() {
      const calls = "fsync,fdatasync";
      const line = ["strace", "-f", "-p", String(pid()), "-e", `trace=${calls}`, "-e", `inject=${calls}:error=EIO`];
      tracer = Bun.spawn([...line, "-o", "/dev/null"], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
      const decoder = new TextDecoder();
      for await (const chunk of tracer.stderr) if (decoder.decode(chunk).includes("attached")) return;
      throw new Error("strace could not attach");
    },
    async end() {
      tracer?.kill("SIGTERM");
      await tracer?.exited;
    },
  };
}

async function survive(folder: string, make: (pid: () => number) => Fault): Promise<string> {
  const load = new Load({ people: 6, random: seededRandom(Number(values.seed)) });
  const life = await start(folder);
  const fault = make(() => life.program.pid);
  await expectToSurvive(folder, life, load, fault);
  await killWithin(life, load, fault);
  const { program, found } = await recover(folder, load);
  const exit_code = await program.stop();
  if (exit_code !== 0) throw new Error(`the stop ended with ${exit_code}`);
  return `${found.kept} facts kept, ${load.unavailable} requests were unavailable, ${found.unanswered_done} of them done all the same`;
}

/** What a commit that failed has left in the journal may come to life then, but only whole and where it was asked for. */
async function killWithin({ server, program }: Life, load: Load, fault: Fault): Promise<void> {
  await load.connect(server);
  const [begin, enough] = [load.ledger.acknowledged + 100, load.unavailable + 20];
  load.onAcknowledged = (count) => {
    if (count === begin) void fault.begin();
  };
  let killed: Promise<void> | undefined;
  load.onUnavailable = (count) => {
    if (count >= enough) killed ??= program.kill();
  };
  await load.run(server);
  await killed;
  await fault.end();
}

async function onMount(use: (folder: string) => Promise<string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-disk-"));
  run("mount", "-t", "tmpfs", "-o", `size=${DISK_SIZE}`, "tmpfs", folder);
  try {
    return await use(folder);
  } finally {
    run("umount", "-l", folder);
    await rm(folder, { recursive: true });
  }
}

/** A database that can't be written to keeps the server from starting, which says so. */
async function readOnly(folder: string): Promise<string> {
  const { program } = await start(folder);
  await program.stop();
  run("mount", "-o", "remount,ro", folder);
  // The images on another disk, lest their folder be what keeps it from starting.
  const elsewhere = await mkdtemp(join(tmpdir(), "orchard-disk-"));
  const ending = await Program.run(command, folder, { ORCHARD_PORT: "0", ORCHARD_UPLOADS_DIR: elsewhere });
  await rm(elsewhere, { recursive: true });
  run("mount", "-o", "remount,rw", folder);
  if (ending.exitCode !== 1) throw new Error(`ended with ${ending.exitCode}: ${ending.stderr}`);
  const last = ending.stderr.trim().split("\n").at(-1) ?? "";
  return `code 1, "${JSON.parse(last).err.message}"`;
}

const steps: [name: string, needs: boolean, run: () => Promise<string>][] = [
  ["no room left", process.getuid?.() === 0, () => onMount((folder) => survive(folder, () => fullDisk(folder)))],
  [
    "a sync that fails",
    Bun.which("strace") !== null,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "orchard-disk-"));
      const told = await survive(folder, failingSync);
      await rm(folder, { recursive: true });
      return told;
    },
  ],
  ["a read-only disk", process.getuid?.() === 0, () => onMount(readOnly)],
];

for (const [name, can, step] of steps) console.log(`${name}: ${can ? await step() : "not done here"}`);
process.exit(0);
