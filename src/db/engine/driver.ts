// What a database driver is: the few plain types that pass between the writer, the drivers and their threads.
// Everything here survives a structured clone, so that a driver may run in another thread or another machine.
// A driver must not know tables but its own, nor do again what may be done: it says what happened.

import type { Lane } from "./lanes.ts";

export type SqlValue = string | number | null | Uint8Array;

/** One SQL text with positional parameters; the same text should be reused, since drivers cache by it. */
export interface Statement {
  sql: string;
  params: SqlValue[];
  /** For a read: which others it may hold up; absent for `quick`. */
  lane?: Lane;
  /** For a read: only its first row is wanted, which a driver may find with less. */
  one?: true;
  /**
   * Its one parameter is an array of rows as JSON, and the rows of others may be put to them: its outcome is then that
   * of all of them. Only for the writer, and only in a job of which each statement is so.
   */
  mergeable?: true;
  /** Its parameters are rows as JSON that end in a text, in whose place whoever runs it puts the text's search terms. */
  makes_terms?: true;
}

/** Statements that are done all or not at all, in order. */
export type Job = Statement[];

/** `changes` counts rows inserted, updated or deleted; `rows` holds what was selected or returned, in column order. */
export interface StatementResult {
  changes: number;
  rows: SqlValue[][];
}

export type DatabaseFaultKind = "constraint" | "unavailable" | "internal";

/** `constraint` names what was violated as SQLite does, such as `users.name_key`, where it names anything. */
export interface DatabaseFault {
  kind: DatabaseFaultKind;
  message: string;
  constraint?: string;
  /** The work is known not to be done: nobody has to look for what came of it. */
  undone?: true;
}

export type JobOutcome = { ok: true; results: StatementResult[] } | { ok: false; error: DatabaseFault };

export interface Driver {
  /** Rows of one reading statement; rejects with DatabaseError. Sees every job acknowledged before the call. */
  query(statement: Statement): Promise<SqlValue[][]>;
  /**
   * Runs all jobs in one transaction with one sync; outcomes in the order of the jobs. A failing job undoes itself
   * alone. Never rejects. After `unavailable` it is unknown whether the job was done, unless the fault says that it
   * wasn't; yet nothing is done any more once the next call is answered.
   */
  transact(jobs: Job[]): Promise<JobOutcome[]>;
  /** Rejects where writes would be refused though reads are answered; absent where only a write can tell. */
  look?(): Promise<void>;
  /** Waits for nothing any more: what is under way, and what comes, is `unavailable`. Absent where all ends soon. */
  giveUp?(): void;
  close(): Promise<void>;
}

export class DatabaseError extends Error {
  readonly fault: DatabaseFault;

  constructor(fault: DatabaseFault) {
    super(fault.message);
    this.name = "DatabaseError";
    this.fault = fault;
  }
}

/** A fault for work that could not be tried or whose end is unknown. */
export function unavailable(message: string): DatabaseFault {
  return { kind: "unavailable", message };
}

/** The fault, for work that is known not to be done, such as what was never sent. */
export function undone(fault: DatabaseFault): DatabaseFault {
  if (fault.undone) return fault;
  return { ...unavailable(`${fault.message} (nothing was done)`), undone: true };
}

/** The same fault for every job of a group, for when the whole transaction is lost. */
export function failAll(jobs: readonly Job[], error: DatabaseFault): JobOutcome[] {
  return jobs.map(() => ({ ok: false, error }));
}

/**
 * Parameters as a client library must get them: libSQL's bind every JavaScript number as REAL, which shows wherever no
 * column's type converts it back.
 */
export function boundParams(params: readonly SqlValue[]): (SqlValue | bigint)[] {
  return params.map((value) => (typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value));
}
