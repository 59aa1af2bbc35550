// A thread: runs one statement on a database server, once for each row of parameters, and hands back the rows of the last.

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { createClient } from "@libsql/client/web";
import { boundParams } from "../../src/db/engine/driver.ts";

type Value = string | number | null;

export interface RowsJob {
  url: string;
  sql: string;
  rows: Value[][];
  mode: "read" | "write";
}

export type Found = { rows: Record<string, Value>[] } | { fault: string };

/** Where the thread is asked and answers, and what it sets to 1 once it has. */
export interface Place {
  port: MessagePort;
  answered: Int32Array;
}

const { port, answered } = workerData as Place;

port.on("message", async (job: RowsJob) => {
  port.postMessage(await found(job));
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
});
parentPort?.postMessage("ready");

async function found({ url, sql, rows, mode }: RowsJob): Promise<Found> {
  const client = createClient({ url });
  // A pragma is refused within a transaction, so what reads has none.
  const read = async () => [await client.execute({ sql, args: boundParams(rows[0] ?? []) })];
  const write = () =>
    client.batch(
      rows.map((row) => ({ sql, args: boundParams(row) })),
      "write",
    );
  try {
    const last = (await (mode === "read" ? read() : write())).at(-1);
    const { columns = [], rows: those = [] } = last ?? {};
    return { rows: those.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] as Value]))) };
  } catch (error) {
    return { fault: String(error) };
  } finally {
    client.close();
  }
}
