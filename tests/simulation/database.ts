// The database of one seed: a file in memory that is copied from one that was migrated before, and a driver over it that
// does what it is asked at one moment and answers at another, or doesn't, as the weather has it. What was answered
// `unavailable` is either done by then or never.

import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DatabaseError,
  type Driver,
  failAll,
  type Job,
  type JobOutcome,
  type SqlValue,
  type Statement,
  unavailable,
} from "../../src/db/engine/driver.ts";
import { type Connection, openConnection } from "../../src/db/engine/embedded-connection.ts";
import { faultFrom } from "../../src/db/engine/faults.ts";
import type { Lane } from "../../src/db/engine/lanes.ts";
import { migrate } from "../../src/db/engine/migrate.ts";
import { migrations } from "../../src/db/migrations/index.ts";
import type { VirtualTime } from "./time.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";

const BUSY_MS = 1_000;
/** Where Linux has a folder in memory. */
const MEMORY = "/dev/shm";

/** A folder in memory with a migrated database, from which those of the seeds are copied. */
export class DatabaseFolder {
  readonly #path = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "orchard-simulation-"));

  static async open(): Promise<DatabaseFolder> {
    const folder = new DatabaseFolder();
    const connection = openConnection({ path: folder.#template, role: "writer", busy_ms: BUSY_MS });
    await migrate(plainDriver(connection), migrations);
    connection.close();
    return folder;
  }

  get #template(): string {
    return join(this.#path, "template.db");
  }

  /** A new database; the one before is gone. */
  next(): Connection {
    const path = join(this.#path, "seed.db");
    for (const left of [path, `${path}-wal`, `${path}-shm`]) rmSync(left, { force: true });
    copyFileSync(this.#template, path);
    return openConnection({ path, role: "writer", busy_ms: BUSY_MS });
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}

function plainDriver(connection: Connection): Driver {
  return {
    query: async (statement) => rowsOf(connection, statement),
    transact: async (jobs) => connection.transact(jobs),
    close: async () => {},
  };
}

function rowsOf(connection: Connection, statement: Statement): SqlValue[][] {
  try {
    return connection.run(statement).rows;
  } catch (error) {
    throw new DatabaseError(faultFrom(error));
  }
}

export interface DriverParts {
  connection: Connection;
  time: VirtualTime;
  weather: Weather;
  trace: Trace;
}

/** The driver of one process of the server; once that is killed, nobody hears of it any more, and it does nothing. */
export class SimulatedDriver implements Driver {
  readonly #on: DriverParts;
  #isKilled = false;
  /** When the read that was asked last in each lane is done. */
  readonly #last_read_ms = new Map<Lane, number>();
  /** Groups on their way. */
  inFlight = 0;

  constructor(on: DriverParts) {
    this.#on = on;
  }

  kill(): void {
    this.#isKilled = true;
  }

  query(statement: Statement): Promise<SqlValue[][]> {
    const { time, weather, trace } = this.#on;
    const fate = weather.readFate();
    if (fate !== "done") trace.note("database", `a read is ${fate}: ${statement.sql.slice(0, 60)}`);
    return new Promise((resolve, reject) => {
      time.at(this.#readAt(statement.lane ?? "quick", fate === "slow"), () => {
        if (this.#isKilled) return;
        if (fate === "failed") return reject(new DatabaseError(unavailable("the read failed")));
        this.#read(statement, resolve, reject);
      });
      time.look();
    });
  }

  #readAt(lane: Lane, isSlow: boolean): number {
    const { time, weather } = this.#on;
    const ready_ms = time.now_ms + weather.diskMs() / 2 + (isSlow ? weather.lateMs() : 0);
    const at_ms = weather.in_order ? Math.max(ready_ms, this.#last_read_ms.get(lane) ?? 0) : ready_ms;
    this.#last_read_ms.set(lane, at_ms);
    return at_ms;
  }

  #read(statement: Statement, resolve: (rows: SqlValue[][]) => void, reject: (error: unknown) => void): void {
    try {
      const rows = rowsOf(this.#on.connection, statement);
      this.#after(this.#on.weather.in_order ? 0 : this.#on.weather.diskMs() / 4, () => resolve(rows));
    } catch (error) {
      reject(error);
    }
  }

  transact(jobs: Job[]): Promise<JobOutcome[]> {
    const { weather, trace, connection } = this.#on;
    const fate = weather.writeFate(() => describeJobs(jobs));
    if (fate !== "done") trace.note("database", `a group of ${jobs.length} is ${fate}: ${describeJobs(jobs)}`);
    const nothing = failAll(jobs, unavailable(`the write is ${fate}`));
    this.inFlight += 1;
    return new Promise((resolve) => {
      const answer = (outcomes: JobOutcome[]) => {
        this.inFlight -= 1;
        resolve(outcomes);
      };
      const before_ms = weather.diskMs() + (fate === "late" ? weather.lateMs() : 0);
      if (fate === "refused") return this.#after(0, () => answer(nothing));
      this.#after(before_ms, () => {
        const outcomes = fate === "lost" ? nothing : connection.transact(jobs);
        const answered = fate === "answer lost" ? nothing : outcomes;
        this.#after(weather.diskMs() + (fate === "done" ? 0 : weather.diskMs() * 20), () => answer(answered));
      });
    });
  }

  async close(): Promise<void> {}

  #after(delay_ms: number, task: () => void): void {
    this.#on.time.after(delay_ms, () => {
      if (!this.#isKilled) task();
    });
  }
}

function describeJobs(jobs: Job[]): string {
  const words = jobs.flatMap((job) =>
    job.map(({ sql }) => /(insert into|update|delete from) "?\w+/i.exec(sql)?.[0] ?? "…"),
  );
  return [...new Set(words)].join(", ").slice(0, 200);
}
