// Whether this machine's clock shows what the database's does. No node's lease rests on a clock; but ids, which are times,
// and the times that people are shown would run ahead for all of them, or stand still at one.

import type { DatabaseServer } from "../../db/engine/database-server.ts";
import { passingFault } from "../faults.ts";
import { resultsOf } from "./answers.ts";

const MOST_APART_MS = 2_000;

const reading = { sql: "SELECT unixepoch('subsec') * 1000", params: [] };

/** Rejects with ClusterFault where it is too far away, or with DatabaseError. `clock` in Unix milliseconds. */
export async function refuseClock(server: Pick<DatabaseServer, "run">, clock: () => number): Promise<void> {
  const asked_ms = clock();
  const [read] = resultsOf(await server.run(reading));
  const theirs_ms = Number(read?.rows[0]?.[0]);
  // It was read somewhere in between.
  const ahead_ms = Math.max(0, asked_ms - theirs_ms) - Math.max(0, theirs_ms - clock());
  if (Math.abs(ahead_ms) <= MOST_APART_MS) return;
  const apart = `${Math.round(Math.abs(ahead_ms) / 1_000)} s ${ahead_ms > 0 ? "ahead of" : "behind"}`;
  throw passingFault(
    `ORCHARD_CLUSTER: the clock of this machine is ${apart} that of the database server: have both set, such as by NTP`,
  );
}
