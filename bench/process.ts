// A server under test, as the operating system sees it: started as a process of its own, its CPU time and memory read
// from /proc, ended with it. Of the server itself only its event loop's lag and its commits are asked.

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../scripts/program.ts";
import { socketIoCommand } from "./beside/socket-io.ts";
import { SOCKET_IO_PATH } from "./socket.ts";
import type { Side } from "./workload.ts";

export const JWT_SECRET = "the secret of a server that lives for a minute";
const source = join(import.meta.dir, "../src/main.ts");
const binary = join(import.meta.dir, "../dist/orchard");

export interface Subject {
  origin: string;
  folder: string;
  /** CPU time of all its threads since its start, in milliseconds, and of the one that runs the event loop. */
  cpuMs(): { all: number; main: number };
  /** Resident memory, in KiB. */
  memoryKib(): number;
  /** The same without what is mapped from files: the database is, and grows with its messages. */
  ownMemoryKib(): number;
  /** The same of what it runs on, where that was started for it. */
  engineCpuMs?(): EngineCpuMs;
  /** What it says of itself. */
  readings(): Promise<Readings>;
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>;
  /** Ends it, if it still runs, and removes its folder. */
  end(): Promise<void>;
}

/** CPU time of the database server, and of NATS where there is one. */
export interface EngineCpuMs {
  sqld: number;
  nats?: number;
}

export interface Readings {
  /** Of the event loop, since the last reading. */
  lag_p99_ms: number;
  /** Group commits and the jobs in them, since the start; none of a bare one. */
  commits: number;
  committed_jobs: number;
}

export interface StartOptions {
  /** Loaded before the program. */
  preload?: string;
  /** A folder to which a CPU profile is written at its end. */
  profile_dir?: string | null;
  /** Variables of the environment, `NAME=value`, which prevail over the bench's own. */
  settings?: readonly string[];
  /** The binary in place of the source. */
  is_binary?: boolean;
}

/** An empty folder for a server. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "orchard-bench-"));
}

/** orchard on the folder's database, without rate limits unless `settings` have it otherwise. */
export function startOrchard(folder: string, options: StartOptions = {}): Promise<Subject> {
  return start(orchardCommand(folder, options), folder, true);
}

function orchardCommand(folder: string, options: StartOptions): string[] {
  const { preload, profile_dir, settings: more = [], is_binary = false } = options;
  const settings = [
    `ORCHARD_DATABASE_URL=file:${databaseIn(folder)}`,
    `ORCHARD_UPLOADS_DIR=${join(folder, "uploads")}`,
    `ORCHARD_JWT_SECRET=${JWT_SECRET}`,
    ...["ORCHARD_RATE_LIMITS=off", "ORCHARD_LOG=warn", ...more],
  ];
  const flags = [
    ...(preload ? ["--preload", preload] : []),
    ...(profile_dir ? ["--cpu-prof", "--cpu-prof-dir", profile_dir] : []),
  ];
  return ["env", ...settings, ...(is_binary ? [binary] : [process.execPath, ...flags, source])];
}

/** Whether the binary has been built. */
export function hasBinary(): boolean {
  return existsSync(binary);
}

/** The programs in `bench/bare`. */
export type BareProgram = "topics" | "durable" | "durable-whole" | "opening" | "status" | "parts";

/** One of them; that for openings reads orchard's database in the folder. None of them knows how to stop. */
export function startBare(folder: string, name: BareProgram): Promise<Subject> {
  return start(bareCommand(folder, name), folder, false);
}

/** What does the work of the bare program on that side: but for the bare one, there is only what does that for topics. */
export async function startBeside(
  folder: string,
  side: Exclude<Side, "orchard">,
  bare_program: BareProgram = "topics",
): Promise<Subject> {
  if (side === "bare") return startBare(folder, bare_program);
  const subject = await start(await socketIoCommand(), folder, false);
  return { ...subject, origin: subject.origin + SOCKET_IO_PATH };
}

function bareCommand(folder: string, name: BareProgram): string[] {
  const path = join(import.meta.dir, "bare", `${name}.ts`);
  const database = name === "opening" ? databaseIn(folder) : join(folder, "bare.db");
  return ["env", `BARE_DATABASE=${database}`, `BARE_SECRET=${JWT_SECRET}`, process.execPath, path];
}

/** Starts orchard, or a bare program, and ends it again; the milliseconds until it listened. */
export async function startingMs(folder: string, what: StartOptions | BareProgram): Promise<number> {
  const is_bare = typeof what === "string";
  const command = is_bare ? bareCommand(folder, what) : orchardCommand(folder, what);
  const started_ms = performance.now();
  const program = await Program.start(command, folder);
  const took_ms = performance.now() - started_ms;
  if (!is_bare) await program.stop();
  await program.kill();
  return took_ms;
}

export function databaseIn(folder: string): string {
  return join(folder, "orchard.db");
}

/** Those that run, lest one outlive a bench that breaks off. */
const running = new Map<Program, string>();
process.on("exit", () => {
  for (const [program, folder] of running) {
    void program.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** `stops`: whether it knows how to stop in good order. */
async function start(command: string[], folder: string, stops: boolean): Promise<Subject> {
  const program = await Program.start(command, folder);
  running.set(program, folder);
  const { origin, pid } = program;
  let killed = false;
  return {
    ...{ origin, folder },
    cpuMs: () => cpuMs(pid),
    memoryKib: () => memoryKib(pid, "VmRSS"),
    ownMemoryKib: () => memoryKib(pid, "RssAnon"),
    readings: () => readings(origin),
    async kill() {
      killed = true;
      await program.kill();
    },
    async end() {
      const code = stops && !killed ? await program.stop() : 0;
      await program.kill();
      running.delete(program);
      await rm(folder, { recursive: true, force: true });
      if (code !== 0) throw new Error(`the server ended with ${code}`);
    },
  };
}

/** By process and thread, in nanoseconds, as it was last looked at: a thread that has ended since counts with that. */
const used_ns = new Map<number, Map<string, number>>();

/** From the scheduler, which counts in nanoseconds; `stat` counts in hundredths of a second. */
export function cpuMs(pid: number): { all: number; main: number } {
  const used = used_ns.get(pid) ?? new Map<string, number>();
  used_ns.set(pid, used);
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      used.set(task, Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]));
    } catch {
      // Ended since it was listed, as those that have nothing to do.
    }
  }
  const all_ns = used.values().reduce((sum, one) => sum + one, 0);
  return { all: all_ns / 1e6, main: (used.get(String(pid)) ?? 0) / 1e6 };
}

function memoryKib(pid: number, kind: "VmRSS" | "RssAnon"): number {
  const line = readFileSync(`/proc/${pid}/status`, "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${kind}:`));
  return Number(line?.match(/\d+/)?.[0]);
}

async function readings(origin: string): Promise<Readings> {
  const text = await (await fetch(new URL("/metrics", origin))).text();
  const of = (name: string) => {
    const line = text.split("\n").find((one) => one.startsWith(`${name} `));
    return Number(line?.slice(name.length) ?? 0);
  };
  return {
    lag_p99_ms: of('orchard_event_loop_lag_seconds{quantile="0.99"}') * 1000,
    commits: of("orchard_commit_jobs_count"),
    committed_jobs: of("orchard_commit_jobs_sum"),
  };
}
