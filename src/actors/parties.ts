// For whom a requester takes a place in a pool, and for how long anybody waits for what comes of it.

import { monotonic } from "../clock.ts";
import type { Party, Place } from "../domain/fair-share.ts";
import { limits } from "../domain/limits.ts";
import type { Pools } from "../domain/pools.ts";
import { crowded } from "../protocol/outcome.ts";
import type { Asking } from "./calls.ts";
import type { Gateway } from "./delivery/gateway.ts";
import type { Reply } from "./kernel/actor.ts";
import type { Requester } from "./session/calls.ts";

export const partyOf = (user_id: number, address: string): Party => ({ party: `user ${user_id}`, group: address });

interface Asked {
  actors: Asking;
  gateway: Pick<Gateway, "isOpen">;
  pools: Pick<Pools, "syncs">;
}

/**
 * Does what answers a request as one of the `sync`s, in its turn and for as long as that is wanted; replies itself where
 * too many wait.
 */
export function inTurn<On extends Asked>(
  on: On,
  from: Requester,
  reply: Reply<never>,
  work: (on: On, isWanted: () => boolean) => Promise<void>,
): Promise<void> {
  return on.pools.syncs.run(
    partyOf(from.id, from.address),
    (place) => work(atPlace(on, place), place.isWanted),
    () => reply(crowded()),
    stillAsked(on.gateway, from),
  );
}

/** The same, at that place: it is left where something is asked of another node. */
export function atPlace<On extends { actors: Asking }>(on: On, place: Place): On {
  const actors = on.actors.atPlace(place);
  return actors === on.actors ? on : { ...on, actors };
}

/** Whether a request that has come just now is still to be answered: its session is there, and its time isn't over. */
export function stillAsked(gateway: Pick<Gateway, "isOpen">, { session }: Requester): () => boolean {
  const until_ms = monotonic() + limits.request_deadline_ms;
  return () => monotonic() < until_ms && gateway.isOpen(session);
}
