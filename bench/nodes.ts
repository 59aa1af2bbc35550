// orchard on a database server: one process, or several nodes with NATS between them, seen as one server at whose
// processes people are in turn. The database server and NATS are started for it and end with it, and their CPU is told
// apart.

import { rm } from "node:fs/promises";
import { room_slots, shareOf, slotOf } from "../src/cluster/slots.ts";
import { rowsOnce } from "../tests/harness/database-rows.ts";
import { hasNats, Nats } from "../tests/harness/nats.ts";
import { hasSqld, Sqld } from "../tests/harness/sqld.ts";
import { type Place, placeOf, seedPlace, subscribeAll } from "./place.ts";
import { cpuMs, type EngineCpuMs, makeFolder, type Subject, startOrchard } from "./process.ts";
import { authQueries, seedServer, serverId } from "./seed.ts";
import { openAll } from "./socket.ts";
import type { Run } from "./workload.ts";

const SHARING_MS = 15_000;
const LOOK_MS = 50;
/** Sockets that come at the same time: each has the database server read what nobody has read before. */
const AT_ONCE = 16;

/** What can't be had here, as a sentence; null where nothing is missing. */
export const missing = !hasSqld
  ? "left out: there is no sqld for this machine, which `bun install` brings for Linux and macOS"
  : !hasNats
    ? "left out: there is no nats-server on the path, which Debian has as nats-server"
    : null;

export interface NodesPlace extends Place {
  /** How many messages the database has. */
  stored(): Promise<number>;
}

/** As `openPlace`, on so many nodes; 1 is a process alone. The first in the first server isn't at its room's node. */
export async function openNodesPlace(run: Run, nodes: number, servers: number, members: number): Promise<NodesPlace> {
  const engines = await Engines.start(nodes > 1);
  const subjects: Subject[] = [];
  try {
    await seedServer(engines.database_url, (seed) => seedPlace(seed, servers, members));
    for (let number = 0; number < nodes; number += 1) {
      subjects.push(await startOrchard(await makeFolder(), { ...run.start, settings: engines.settings }));
    }
    if (nodes > 1) await slotsShared(engines.database_url, nodes);
    const origins = subjects.map(({ origin }) => origin);
    const away = nodes > 1 ? (shareOf(slotOf(serverId(1)), numbers(nodes)) ?? 0) + 1 : 0;
    const in_turn = [...origins.slice(away % nodes), ...origins.slice(0, away % nodes)];
    const sockets = await openAll(in_turn, await authQueries(servers * members), AT_ONCE);
    const place = placeOf(together(subjects, engines), sockets, members);
    await subscribeAll(place, AT_ONCE);
    return { ...place, stored: () => engines.stored() };
  } catch (error) {
    await endAll(subjects, engines).catch(() => {});
    throw error;
  }
}

/** Settles when each room is where it stays: nodes take numbers from 0 on. */
async function slotsShared(database_url: string, nodes: number): Promise<void> {
  const late_ms = performance.now() + SHARING_MS;
  const sql = "SELECT slot, node FROM cluster_slots WHERE slot < ?";
  while (performance.now() < late_ms) {
    const rows = await rowsOnce(database_url, sql, room_slots);
    const is_shared = rows.every(([slot, node]) => node === shareOf(Number(slot), numbers(nodes)));
    if (is_shared && rows.length === room_slots) return;
    await Bun.sleep(LOOK_MS);
  }
  throw new Error("the nodes didn't share out their slots");
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

/** All processes as one server. */
function together(subjects: readonly Subject[], engines: Engines): Subject {
  const [first] = subjects as [Subject];
  const sum = (of: (one: Subject) => number) => subjects.reduce((all, one) => all + of(one), 0);
  return {
    ...{ origin: first.origin, folder: first.folder },
    cpuMs: () => ({ all: sum((one) => one.cpuMs().all), main: sum((one) => one.cpuMs().main) }),
    engineCpuMs: () => engines.cpuMs(),
    memoryKib: () => sum((one) => one.memoryKib()),
    ownMemoryKib: () => sum((one) => one.ownMemoryKib()),
    async readings() {
      const all = await Promise.all(subjects.map((one) => one.readings()));
      return {
        lag_p99_ms: Math.max(...all.map(({ lag_p99_ms }) => lag_p99_ms)),
        commits: all.reduce((commits, one) => commits + one.commits, 0),
        committed_jobs: all.reduce((jobs, one) => jobs + one.committed_jobs, 0),
      };
    },
    async kill() {
      await Promise.all(subjects.map((one) => one.kill()));
    },
    end: () => endAll(subjects, engines),
  };
}

async function endAll(subjects: readonly Subject[], engines: Engines): Promise<void> {
  try {
    for (const one of subjects) await one.end();
  } finally {
    await engines.end();
  }
}

/** A database server with an empty database that syncs its commits, and NATS where there are nodes. */
class Engines {
  readonly database_url: string;
  readonly #sqld: Sqld;
  readonly #nats: Nats | null;
  readonly #uploads_dir: string;
  readonly #killing = () => {
    void this.#sqld.kill();
    void this.#nats?.kill();
  };

  private constructor(sqld: Sqld, nats: Nats | null, database_url: string, uploads_dir: string) {
    this.#sqld = sqld;
    this.#nats = nats;
    this.database_url = database_url;
    this.#uploads_dir = uploads_dir;
    // Lest they outlive a bench that breaks off.
    process.on("exit", this.#killing);
  }

  static async start(with_nats: boolean): Promise<Engines> {
    const sqld = await Sqld.start();
    const nats = with_nats ? await Nats.start() : null;
    return new Engines(sqld, nats, await sqld.newDatabase(), await makeFolder());
  }

  /** Of each process. */
  get settings(): string[] {
    const of_all = [`ORCHARD_DATABASE_URL=${this.database_url}`, `ORCHARD_UPLOADS_DIR=${this.#uploads_dir}`];
    return this.#nats ? [...of_all, `ORCHARD_CLUSTER=${this.#nats.url}`, "ORCHARD_UPLOADS_SHARED=on"] : of_all;
  }

  cpuMs(): EngineCpuMs {
    const sqld = cpuMs(this.#sqld.pid).all;
    return this.#nats ? { sqld, nats: cpuMs(this.#nats.pid).all } : { sqld };
  }

  async stored(): Promise<number> {
    const [row] = await rowsOnce(this.database_url, "SELECT count(*) FROM messages");
    if (!row) throw new Error("the database server doesn't say how many messages it has");
    return Number(row[0]);
  }

  async end(): Promise<void> {
    process.off("exit", this.#killing);
    await this.#sqld.remove();
    await this.#nats?.stop();
    await rm(this.#uploads_dir, { recursive: true, force: true });
  }
}
