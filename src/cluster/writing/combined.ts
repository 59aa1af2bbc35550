// Groups of writes of several nodes as one transaction. Each keeps its own guard, so that one that is refused holds up no
// other; and what they say alike of different rows is one statement, as it is within a group.

import type { Answer } from "../../db/engine/database-server.ts";
import type { Statement, StatementResult } from "../../db/engine/driver.ts";

/** What one node writes at once: its guard, then the statements. */
export type Group = readonly [guard: Statement, ...statements: Statement[]];

/** Whether all behind the guard may be put together with what another node says alike. */
export function isCombinable([, ...statements]: Group): boolean {
  return statements.every(({ mergeable }) => mergeable);
}

export interface Combined {
  /** The guards of all groups, in their order, then the rest. */
  statements: Statement[];
  /** What each group is answered where it is done: of statements that were put together, the outcome of the whole. */
  answersOf(results: readonly StatementResult[]): Answer[];
}

/** `groups`: those that are combinable. */
export function combined(groups: readonly Group[]): Combined {
  const alike = new Map<string, Group[]>();
  for (const group of groups) {
    const key = textsOf(group);
    const known = alike.get(key);
    if (known) known.push(group);
    else alike.set(key, [group]);
  }
  const begins = new Map<string, number>();
  const statements = groups.map(([guard]) => guard);
  for (const [key, those] of alike) {
    begins.set(key, statements.length);
    statements.push(...together(those));
  }
  return {
    statements,
    answersOf: (results) =>
      groups.map((group, index) => {
        const begin = begins.get(textsOf(group)) ?? 0;
        const own = results.slice(begin, begin + group.length - 1);
        return { state: "done", results: [...results.slice(index, index + 1), ...own] };
      }),
  };
}

const textsOf = ([, ...statements]: Group) => JSON.stringify(statements.map(({ sql }) => sql));

/** Each parameter is an array as JSON: what stands between their brackets, in one pair. */
function together(groups: readonly Group[]): Statement[] {
  const [[, ...first]] = groups as [Group];
  return first.map((statement, index) => {
    const rows = groups.map((group) => String(group[index + 1]?.params[0]).slice(1, -1)).filter((text) => text !== "");
    return { ...statement, params: [`[${rows.join(",")}]`] };
  });
}
