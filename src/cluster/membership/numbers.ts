// How a node comes to a number. Where all are taken it looks whether those who have them live: nodes that died one after
// the other, with nobody left to miss them, would else keep everybody out for good.
// Must not bury anybody whose beat goes on, or whom it could not watch for long enough.

import type { DatabaseServer } from "../../db/engine/database-server.ts";
import type { SqlValue, Statement } from "../../db/engine/driver.ts";
import { id_nodes } from "../../domain/ids.ts";
import { passingFault } from "../faults.ts";
import { resultsOf } from "./answers.ts";
import { Beats } from "./decisions.ts";
import * as tables from "./tables.ts";

export interface TakingOptions {
  server: DatabaseServer;
  times: { renew_ms: number; lease_ms: number; dead_ms: number };
  /** Milliseconds, never going back. */
  clock(): number;
  pause(ms: number): Promise<unknown>;
}

/** So many times as long as a node may be silent it looks at those who have all numbers. */
const LOOKS_IN_VAIN = 3;

/** Its number, incarnation and term. Rejects with DatabaseError, or ClusterFault where there is no number for it. */
export async function takeNumber(holder: string, description: string, on: TakingOptions): Promise<SqlValue[]> {
  const { server } = on;
  const take = tables.taking(holder, description);
  const first = await server.batch(take);
  // Where there are no tables yet.
  const results =
    first.state === "refused" ? resultsOf(await server.batch([...tables.making, ...take])) : resultsOf(first);
  return results.at(-1)?.rows[0] ?? numberOfDead(take, on);
}

async function numberOfDead(take: Statement[], on: TakingOptions): Promise<SqlValue[]> {
  const { server, times, clock, pause } = on;
  const beats = new Beats();
  const late_ms = clock() + LOOKS_IN_VAIN * times.dead_ms;
  for (let before_ms = clock(); before_ms < late_ms; await pause(times.renew_ms)) {
    const asked_ms = clock();
    // Beats are written: where nothing can be, nobody's goes on.
    const seen = resultsOf(await server.batch([tables.touching, tables.present])).at(-1);
    // It stood still itself, or the database did: so may the beats of others have.
    if (clock() - before_ms > times.lease_ms) beats.forget();
    before_ms = asked_ms;
    beats.note((seen?.rows ?? []).map(tables.nodeIn), asked_ms);
    const dead = beats.still(times.dead_ms, asked_ms);
    if (dead.length === 0) continue;
    const buried = resultsOf(await server.batch([...dead.flatMap(tables.burying), ...take]));
    const own = buried.at(-1)?.rows[0];
    if (own) return own;
  }
  throw passingFault(`ORCHARD_CLUSTER: the cluster has ${id_nodes} nodes already: stop one of them first`);
}
