// What of a statement's parameters is worked out where it is run: search terms, which take longer to make than all else
// of a message. A database thread has the time; on the event loop it is done in slices.

import { searchTermsOf } from "../../domain/search-terms.ts";
import { breathing } from "./breath.ts";
import { boundParams, type Job, type SqlValue, type Statement } from "./driver.ts";

/** The parameters as a client library must get them. */
export function workedParams({ params, makes_terms }: Statement): (SqlValue | bigint)[] {
  return boundParams(makes_terms ? params.map(withTerms) : params);
}

/** The jobs with their parameters worked out, while other work is done in between. */
export async function workedJobs(jobs: Job[]): Promise<Job[]> {
  if (!jobs.some((job) => job.some(({ makes_terms }) => makes_terms))) return jobs;
  const breathe = breathing();
  const worked: Job[] = [];
  for (const job of jobs) {
    const statements: Job = [];
    for (const one of job) statements.push(one.makes_terms ? await workedStatement(one, breathe) : one);
    worked.push(statements);
  }
  return worked;
}

async function workedStatement(statement: Statement, breathe: () => Promise<void>): Promise<Statement> {
  const { makes_terms: _, ...worked } = statement;
  const params = statement.params.map(rowsOf);
  for (const row of params.flat()) {
    putTerms(row);
    await breathe();
  }
  return { ...worked, params: params.map((rows) => JSON.stringify(rows)) };
}

const withTerms = (param: SqlValue): string => {
  const rows = rowsOf(param);
  rows.forEach(putTerms);
  return JSON.stringify(rows);
};

const rowsOf = (param: SqlValue): unknown[][] => JSON.parse(String(param));

/** In the place of the text in which the row ends; null for one without any characters. */
function putTerms(row: unknown[]): void {
  const text = String(row.at(-1));
  row[row.length - 1] = text === "" ? null : searchTermsOf(text);
}
