// What tests ask a cluster's database themselves, beside its nodes.

import { reachServer } from "../../src/db/engine/database-server.ts";
import type { SqlValue } from "../../src/db/engine/driver.ts";

export interface Rows {
  (sql: string, ...params: SqlValue[]): Promise<SqlValue[][]>;
  close(): void;
}

export async function databaseRows(url: string): Promise<Rows> {
  const server = await reachServer({ url }, 5_000);
  const ask = async (sql: string, ...params: SqlValue[]) => {
    const answer = await server.run({ sql, params });
    if (answer.state !== "done") throw new Error(answer.fault.message);
    return answer.results[0]?.rows ?? [];
  };
  return Object.assign(ask, { close: () => server.close() });
}

/** One question, on a connection of its own; no rows where it can't be answered now. */
export async function rowsOnce(url: string, sql: string, ...params: SqlValue[]): Promise<SqlValue[][]> {
  const server = await reachServer({ url }, 5_000);
  const answer = await server.run({ sql, params });
  server.close();
  return answer.state === "done" ? (answer.results[0]?.rows ?? []) : [];
}

export const SHARES = "SELECT node, count(*) FROM cluster_slots GROUP BY node";

/** What `SHARES` comes to. By node: how many slots it has. */
export function sharesIn(rows: readonly SqlValue[][]): Map<number | null, number> {
  return new Map(rows.map(([node, count]) => [node === null ? null : Number(node), Number(count)]));
}
