// What tests ask a cluster's database themselves.

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
