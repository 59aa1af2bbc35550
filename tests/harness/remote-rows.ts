// A program: runs one statement on a database server, once for each row of parameters, and prints the rows of the last.

import { createClient } from "@libsql/client/web";
import { boundParams } from "../../src/db/engine/driver.ts";

export interface RowsJob {
  url: string;
  sql: string;
  rows: (string | number | null)[][];
  mode: "read" | "write";
}

if (import.meta.main) {
  const { url, sql, rows, mode } = (await Bun.stdin.json()) as RowsJob;
  const client = createClient({ url });
  // A pragma is refused within a transaction, so what reads has none.
  const read = async () => [await client.execute({ sql, args: boundParams(rows[0] ?? []) })];
  const write = () =>
    client.batch(
      rows.map((row) => ({ sql, args: boundParams(row) })),
      "write",
    );
  const last = (await (mode === "read" ? read() : write())).at(-1);
  const { columns = [], rows: found = [] } = last ?? {};
  const objects = found.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
  process.stdout.write(JSON.stringify(objects));
}
