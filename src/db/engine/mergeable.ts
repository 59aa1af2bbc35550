// Statements of rows that may be put together with those of others. Their texts are known here, so that what another
// process sends to be written is run only where it is one of these.

import type { Statement } from "./driver.ts";

const texts = new Set<string>();

/** The one parameter of this text is an array of rows as JSON; whoever runs it may put the rows of others to them. */
export function mergeable(sql: string, more: Pick<Statement, "makes_terms"> = {}): (rows: string) => Statement {
  texts.add(sql);
  return (rows) => ({ sql, params: [rows], mergeable: true, ...more });
}

/** Whether that is the text of one of them. */
export function isMergeableText(sql: string): boolean {
  return texts.has(sql);
}
