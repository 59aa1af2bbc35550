// The fence around a database on a server: which process may write to it, in which term, as a row of the database. Each
// group begins with a guard, so that a group of an earlier term, or of another process, fails whole, whenever it gets
// there. When it isn't known whether a group was done, the term is raised before anything else: it can't be done after.
// Must not hold on to a database that another process has taken.

import type { Answer, DatabaseServer } from "./database-server.ts";
import { displaceNodes } from "./displacing.ts";
import { DatabaseError, type DatabaseFault, type SqlValue, type Statement, unavailable } from "./driver.ts";

/** Below it a server doesn't sync its commits (`PRAGMA synchronous`). */
export const LEAST_SYNCHRONOUS = 2;
/** How often the fence is tried to be taken, where another process takes it in between. */
const TRIES = 5;

/** The server doesn't sync its commits, or doesn't say whether it does; or several that write could stop it for good. */
export class UnsafeDatabaseError extends Error {
  constructor(why: string, mending = MENDING) {
    super(`${why}. ${mending}, or allow it by ORCHARD_DATABASE_UNSAFE=on`);
    this.name = "UnsafeDatabaseError";
  }
}

const MENDING =
  'What it acknowledges can be lost. Run sqld with --enable-namespaces and give the namespace "durability_mode": ' +
  '"strong" by its admin API, POST /v1/namespaces/<name>/config, as docs/self-hosting.md says';
const MENDING_JOURNAL =
  "Nodes that write at once can stop it for good. Run sqld with --checkpoint-interval-s 60, as docs/self-hosting.md says";

/** What keeps out the groups of earlier terms, and of other processes. */
export interface GroupFence {
  /** The statement with which a group of the present term begins. It writes nothing where all is well. */
  guard(): Statement;
  /** Nothing of an earlier term can be done any more. */
  readonly isHeld: boolean;
  /** Settles once nothing that was sent before can be done any more; or with the fault why that isn't known. */
  settled(): Promise<DatabaseFault | null>;
  /** A group of the present term has no known end, or was refused as one of another. */
  doubt(): void;
  /** The guard was refused: the fault where there is nothing to be done about it, null where it may be sent again. */
  refused(fault: DatabaseFault): Promise<DatabaseFault | null>;
  /** Whether the database is still this process's, and durable, by a look at it. */
  look(): Promise<DatabaseFault | null>;
}

export interface FenceOptions {
  /** A server that doesn't sync its commits will do. */
  allowUnsafe: boolean;
  /** Told once that another process has the database. */
  onFatal: (reason: string) => void;
}

/** The tables that it has in the database. */
export const fence_sql = [
  "CREATE TABLE IF NOT EXISTS orchard_fence (id INTEGER PRIMARY KEY CHECK (id = 1), term INTEGER NOT NULL, holder TEXT NOT NULL) STRICT",
  // Nothing is ever in it: what would go there is refused, and the constraint's name says why.
  "CREATE TABLE IF NOT EXISTS orchard_guard (is_held INTEGER NOT NULL CONSTRAINT stale_term CHECK (is_held = 1), is_durable INTEGER NOT NULL CONSTRAINT not_durable CHECK (is_durable = 1)) STRICT",
] as const;

const made: readonly Statement[] = [
  ...fence_sql,
  "INSERT OR IGNORE INTO orchard_fence (id, term, holder) VALUES (1, 0, '')",
].map((sql) => ({ sql, params: [] }));

const standing: Statement = { sql: "SELECT term, holder FROM orchard_fence", params: [] };
const standingAndDurability: Statement = {
  sql: "SELECT f.term, f.holder, s.synchronous FROM orchard_fence AS f, pragma_synchronous AS s",
  params: [],
};
const durability: Statement = { sql: "SELECT synchronous FROM pragma_synchronous", params: [] };
/** As a table, sqld doesn't know it. */
const checkpointing: Statement = { sql: "PRAGMA wal_autocheckpoint", params: [] };

const REPLACED = "the database isn't the one any more that was opened";

const strictGuard = `INSERT INTO orchard_guard (is_held, is_durable)
  SELECT f.term IS ?1, s.synchronous >= ${LEAST_SYNCHRONOUS} FROM pragma_synchronous AS s LEFT JOIN orchard_fence AS f
  WHERE f.term IS NOT ?1 OR s.synchronous < ${LEAST_SYNCHRONOUS}`;
const unsafeGuard = `INSERT INTO orchard_guard (is_held, is_durable)
  SELECT 0, 1 WHERE (SELECT term FROM orchard_fence) IS NOT ?1`;

type State = { name: "held" } | { name: "in_doubt" } | { name: "lost"; fault: DatabaseFault };

export class Fence implements GroupFence {
  readonly #server: DatabaseServer;
  readonly #options: FenceOptions;
  readonly #holder = crypto.randomUUID();
  #term = 0;
  #state: State = { name: "in_doubt" };
  #raising: Promise<DatabaseFault | null> | null = null;

  private constructor(server: DatabaseServer, options: FenceOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Takes the database from the process that had it; rejects with DatabaseError or UnsafeDatabaseError. */
  static async take(server: DatabaseServer, options: FenceOptions): Promise<Fence> {
    const fence = new Fence(server, options);
    if (!options.allowUnsafe) await requireDurable(server);
    await fence.#take();
    await displaceNodes(server);
    return fence;
  }

  guard(): Statement {
    return { sql: this.#options.allowUnsafe ? unsafeGuard : strictGuard, params: [this.#term] };
  }

  get isHeld(): boolean {
    return this.#state.name === "held";
  }

  settled(): Promise<DatabaseFault | null> {
    if (this.#state.name === "held") return Promise.resolve(null);
    if (this.#state.name === "lost") return Promise.resolve(this.#state.fault);
    this.#raising ??= this.#raise().finally(() => {
      this.#raising = null;
    });
    return this.#raising;
  }

  doubt(): void {
    if (this.#state.name === "held") this.#state = { name: "in_doubt" };
  }

  async refused(fault: DatabaseFault): Promise<DatabaseFault | null> {
    if (fault.constraint === "not_durable") return unsafeFault();
    if (fault.constraint === "stale_term") {
      this.doubt();
      return this.settled();
    }
    return fault.message.includes("no such table") ? this.#lose(REPLACED) : unavailable(fault.message);
  }

  async look(): Promise<DatabaseFault | null> {
    const { allowUnsafe } = this.#options;
    const answer = await this.#server.run(allowUnsafe ? standing : standingAndDurability);
    if (answer.state !== "done") return answer.fault;
    const row = answer.results[0]?.rows[0];
    const taken = this.#notMine(row);
    if (taken || allowUnsafe) return taken;
    return Number(row?.[2]) >= LEAST_SYNCHRONOUS ? null : unsafeFault();
  }

  async #take(): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const found = await this.#found();
      // Only in the term that was found: a late statement of a process that gave up must not take it from a later one.
      const take = "UPDATE orchard_fence SET term = term + 1, holder = ? WHERE term = ?";
      const answer = await this.#server.batch([{ sql: take, params: [this.#holder, found] }, standing]);
      const [term, holder] = rowsOf(answer, 1)[0] ?? [];
      if (holder !== this.#holder) continue;
      this.#term = Number(term);
      this.#state = { name: "held" };
      return;
    }
    throw new DatabaseError(unavailable("other processes take the database at the same time"));
  }

  /** The term that stands; makes the tables where there are none. */
  async #found(): Promise<SqlValue> {
    const read = await this.#server.run(standing);
    if (read.state === "done" && read.results[0]?.rows[0]) return read.results[0].rows[0][0] ?? 0;
    if (read.state !== "done" && read.fault.kind === "unavailable") throw new DatabaseError(read.fault);
    const [row] = rowsOf(await this.#server.batch([...made, standing]), made.length);
    return row?.[0] ?? 0;
  }

  async #raise(): Promise<DatabaseFault | null> {
    const raise = "UPDATE orchard_fence SET term = term + 1 WHERE term = ? AND holder = ?";
    const answer = await this.#server.batch([{ sql: raise, params: [this.#term, this.#holder] }, standing]);
    if (answer.state === "refused") return this.#lose(REPLACED);
    if (answer.state !== "done") return unavailable(`what became of earlier work isn't known: ${answer.fault.message}`);
    const row = answer.results[1]?.rows[0];
    const taken = this.#notMine(row);
    if (taken) return taken;
    // This also holds where an earlier attempt, whose answer was lost, has raised it.
    this.#term = Number(row?.[0]);
    this.#state = { name: "held" };
    return null;
  }

  #notMine(row: SqlValue[] | undefined): DatabaseFault | null {
    if (row?.[1] === this.#holder) return null;
    return this.#lose("another process has taken the database: one server at a time");
  }

  #lose(reason: string): DatabaseFault {
    const fault = unavailable(reason);
    if (this.#state.name !== "lost") {
      this.#state = { name: "lost", fault };
      this.#options.onFatal(reason);
    }
    return fault;
  }
}

/** Rejects with UnsafeDatabaseError where the server doesn't sync its commits. */
async function requireDurable(server: DatabaseServer): Promise<void> {
  const answer = await server.run(durability);
  if (answer.state !== "done") {
    if (answer.fault.kind === "unavailable") throw new DatabaseError(answer.fault);
    throw new UnsafeDatabaseError(
      `the database server doesn't say whether it syncs its commits (${answer.fault.message})`,
    );
  }
  const synchronous = Number(answer.results[0]?.rows[0]?.[0]);
  if (synchronous >= LEAST_SYNCHRONOUS) return;
  throw new UnsafeDatabaseError(`the database server doesn't sync its commits: PRAGMA synchronous is ${synchronous}`);
}

/** The same, and where commits write the server's journal back, and not the server at intervals. */
export async function requireFitForNodes(server: DatabaseServer): Promise<void> {
  await requireDurable(server);
  const answer = await server.run(checkpointing);
  if (answer.state !== "done") {
    if (answer.fault.kind === "unavailable") throw new DatabaseError(answer.fault);
    // Another kind of server, which has no such setting.
    return;
  }
  const pages = Number(answer.results[0]?.rows[0]?.[0]);
  if (!(pages > 0)) return;
  throw new UnsafeDatabaseError(
    `the database server writes its journal back within commits: PRAGMA wal_autocheckpoint is ${pages}`,
    MENDING_JOURNAL,
  );
}

/** The server doesn't sync its commits any more. */
export function unsafeFault(): DatabaseFault {
  return { ...unavailable(`the database server doesn't sync its commits any more. ${MENDING}`), undone: true };
}

function rowsOf(answer: Answer, index: number): SqlValue[][] {
  if (answer.state !== "done") throw new DatabaseError(answer.fault);
  return answer.results[index]?.rows ?? [];
}
