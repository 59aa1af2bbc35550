// Groups of writes of several nodes as one transaction. Each keeps its own guard, so that one that is refused holds up no
// other; and what they say alike of different rows is one statement, as it is within a group.

import type { Answer } from "../../db/engine/database-server.ts";
import type { Job, Statement, StatementResult } from "../../db/engine/driver.ts";
import { inOrder } from "../../db/engine/mergeable.ts";
import { mergedJob } from "../../db/engine/merged-jobs.ts";

/** What one node writes at once: its guard, then the statements. */
export type Group = readonly [guard: Statement, ...statements: Statement[]];

/** Whether all behind the guard may be put together with what another node says alike. */
export function isCombinable([, ...statements]: Group): boolean {
  return statements.every(({ mergeable }) => mergeable);
}

/** What it says in all, in characters, of one that is combinable. */
export function lengthOf(group: Group): number {
  return group.reduce((sum, { sql }) => sum + sql.length, rowsLengthOf(group));
}

/** The same without the texts of its statements. */
export function rowsLengthOf([, ...statements]: Group): number {
  return statements.reduce((sum, { params }) => sum + String(params[0]).length, 0);
}

export interface Combined {
  /** The guards of all groups, in their order, then the rest. */
  statements: Statement[];
  /** What each group is answered where it is done: of statements that were put together, the outcome of the whole. */
  answersOf(results: readonly StatementResult[]): Answer[];
}

/** `groups`: those that are combinable. */
export function combined(groups: readonly Group[]): Combined {
  const jobs = groups.map(([, ...job]) => ({ job, key: textsOf(job) }));
  const statements = groups.map(([guard]) => guard);
  const begins = new Map<string, number>();
  for (const [key, alike] of Map.groupBy(jobs, ({ key }) => key)) {
    begins.set(key, statements.length);
    const merged = mergedJob(alike.map(({ job }) => job));
    statements.push(...(alike.length > 1 ? merged.map(inOrder) : merged));
  }
  return {
    statements,
    answersOf: (results) =>
      jobs.map(({ job, key }, index) => {
        const begin = begins.get(key) ?? 0;
        return {
          state: "done",
          results: [...results.slice(index, index + 1), ...results.slice(begin, begin + job.length)],
        };
      }),
  };
}

const textsOf = (job: Job) => JSON.stringify(job.map(({ sql }) => sql));
