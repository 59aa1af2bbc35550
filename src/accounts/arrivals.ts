// New accounts come into servers from their first day on. What is to be done is stored with the account; their rooms are
// asked at once, and what a room can't do then is left to the next round, or to the next start.

import type { Actors } from "../actors/calls.ts";
import { performed } from "../db/engine/write.ts";
import type { Arrival } from "../db/queries/account-arrivals.ts";
import type { Store } from "../db/store.ts";
import type { Duty } from "../db/upkeep/duty.ts";
import { type Rounds, startRounds } from "../db/upkeep/rounds.ts";
import { limits } from "../domain/limits.ts";
import type { ErrorCode } from "../protocol/errors.ts";

export interface ArrivalsDependencies {
  store: Pick<Store, "users" | "writer">;
  actors: Actors;
  duty: Duty;
  onFault(error: unknown): void;
}

export interface Arrivals extends Rounds {
  /** The account is made. Settles when it is in these servers, or that is left to a later round. */
  welcome(user_id: number, server_ids: readonly number[]): Promise<void>;
}

/** What may be otherwise the next time. */
const passing: readonly ErrorCode[] = ["unavailable", "internal"];

export function startArrivals(on: ArrivalsDependencies): Arrivals {
  const rounds = startRounds((isStopping) => goOn(on, isStopping), {
    ...{ every_ms: limits.arrivals_ms, closing_ms: limits.purge_closing_ms },
    ...{ onFault: on.onFault, duty: on.duty },
  });
  return {
    ...rounds,
    async welcome(user_id, server_ids) {
      const arriving = server_ids.map((server_id) => arrive(on, { user_id, server_id }).catch(on.onFault));
      await Promise.all(arriving);
    },
  };
}

async function goOn(on: ArrivalsDependencies, isStopping: () => boolean): Promise<void> {
  let last: Arrival | undefined = { user_id: 0, server_id: 0 };
  while (last && !isStopping()) {
    const noted: Arrival[] = await on.store.users.arrivalsAfter(last, limits.arrivals_read);
    for (const arrival of noted) if (!isStopping()) await arrive(on, arrival);
    last = noted.at(-1);
  }
}

async function arrive({ store, actors }: ArrivalsDependencies, arrival: Arrival): Promise<void> {
  const { user_id, server_id } = arrival;
  const also = [store.users.arriving(arrival)];
  const came = await actors.request(`room:${server_id}`, "admit", { user_id, also });
  if (!came.ok && passing.includes(came.error.code)) return;
  // Whoever was in it already, or can't come, isn't to be asked for again.
  await performed(store.writer.perform, store.users.arrived(arrival));
}
