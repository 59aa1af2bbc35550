// A change of the database as a value: what to run, what it came to, and how that is found out when the answer was
// lost. Aggregates word such values. Only `perform` runs one, so that nobody can write without saying how one finds
// out.

import { DatabaseError, type Job, type Statement, type StatementResult } from "./driver.ts";

/** `Stored` is what the job came to. */
export interface Write<Stored> {
  readonly job: Job;
  /** Reads it off the results of the job's statements. */
  stored(results: StatementResult[]): Stored;
  /** Reads it in the database after the answer was lost; null when nothing was done. */
  find(): Promise<Stored | null>;
  /** What it came to where this constraint was violated and the job undone; undefined where that is a fault. */
  refused?(constraint: string | undefined): Stored | undefined;
}

/** `stale`: what was decided no longer holds, and is to be decided again. Nothing was done. */
export type Performed<Stored> = { state: "stored"; value: Stored } | { state: "stale" };

/**
 * Runs a write; settles when it is durable. Rejects with DatabaseError when it was not done, and with UnknownEndError
 * when nobody can tell. `onLost` is called when the answer was lost, before anything is looked up.
 */
export type Perform = <Stored>(write: Write<Stored>, onLost?: () => void) => Promise<Performed<Stored>>;

/** Neither the answer nor the database itself says whether the write was done. */
export class UnknownEndError extends DatabaseError {
  constructor({ fault }: DatabaseError) {
    super(fault);
    this.name = "UnknownEndError";
  }
}

/** A guard did not hold (`queries/guards.ts`), or a nonce was used (`queries/made.ts`). */
function isStale(constraint: string | undefined): boolean {
  return constraint === "stale" || constraint?.startsWith("made.") === true;
}

export function performOver(enqueue: (job: Job) => Promise<StatementResult[]>): Perform {
  return (write, onLost) =>
    enqueue(write.job).then(
      (results) => ({ state: "stored", value: write.stored(results) }),
      (error) => ended(write, error, onLost),
    );
}

async function ended<Stored>(
  write: Write<Stored>,
  error: unknown,
  onLost: (() => void) | undefined,
): Promise<Performed<Stored>> {
  if (!(error instanceof DatabaseError)) throw error;
  const { kind, constraint } = error.fault;
  if (kind === "constraint" && isStale(constraint)) return { state: "stale" };
  const refused = kind === "constraint" ? write.refused?.(constraint) : undefined;
  if (refused !== undefined) return { state: "stored", value: refused };
  if (kind !== "unavailable" || error.fault.undone) throw error;
  onLost?.();
  const found = await write.find().catch(() => {
    throw new UnknownEndError(error);
  });
  if (found === null) throw error;
  return { state: "stored", value: found };
}

/** `find` of a write that is repeated in any case, by the next round or call: nobody needs to know if it was done. */
export const doneAnew = async (): Promise<null> => null;

/** A write of one statement that is repeated in any case; comes to how many rows it changed. */
export function sweeping(statement: Statement): Write<number> {
  return { job: [statement], stored: ([result]) => result?.changes ?? 0, find: doneAnew };
}

/** Performs a write that has no guard, and returns what it came to. */
export async function performed<Stored>(perform: Perform, write: Write<Stored>): Promise<Stored> {
  const done = await perform(write);
  return done.state === "stale" ? staleWithoutGuard() : done.value;
}

/** For who performs a write that has no guard: that can't be. */
export function staleWithoutGuard(): never {
  throw new Error("a write without a guard was stale");
}
