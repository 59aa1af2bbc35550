// Statements of rows that may be put together with those of others. Their texts are known here, so that what another
// process sends to be written is run only where it is one of these.

import type { Statement } from "./driver.ts";

interface Kind extends Pick<Statement, "makes_terms"> {
  /**
   * Its rows are arrays that begin with an id, and those of several processes go in the order of these: a table grows at
   * its end then, and FTS5 writes all of them at once.
   */
  by_id?: true;
}

const kinds = new Map<string, Kind>();

/** The one parameter of this text is an array of rows as JSON; whoever runs it may put the rows of others to them. */
export function mergeable(sql: string, kind: Kind = {}): (rows: string) => Statement {
  kinds.set(sql, kind);
  const { by_id: _, ...more } = kind;
  return (rows) => ({ sql, params: [rows], mergeable: true, ...more });
}

/** Whether that is the text of one of them. */
export function isMergeableText(sql: string): boolean {
  return kinds.has(sql);
}

/** The statement with the rows of several processes as they go best. */
export function inOrder(statement: Statement): Statement {
  if (!kinds.get(statement.sql)?.by_id) return statement;
  const rows: [id: number, ...unknown[]][] = JSON.parse(String(statement.params[0]));
  return { ...statement, params: [JSON.stringify(rows.sort(([one], [other]) => one - other))] };
}
