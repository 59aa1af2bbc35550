// For whom a requester takes a place in a pool, and for how long anybody waits for what comes of it.

import { monotonic } from "../clock.ts";
import type { FairShare, Party } from "../domain/fair-share.ts";
import { limits } from "../domain/limits.ts";
import { crowded } from "../protocol/outcome.ts";
import type { Gateway } from "./delivery/gateway.ts";
import type { Reply } from "./kernel/actor.ts";
import type { Requester } from "./session/calls.ts";

export const partyOf = (user_id: number, address: string): Party => ({ party: `user ${user_id}`, group: address });

/** Does what answers a request at a place of the pool, in its turn; replies itself where too many wait. */
export function inTurn(
  pool: FairShare,
  gateway: Pick<Gateway, "isOpen">,
  from: Requester,
  reply: Reply<never>,
  work: () => Promise<void>,
): Promise<void> {
  return pool.run(partyOf(from.id, from.address), work, () => reply(crowded()), stillAsked(gateway, from));
}

/** Whether a request that has come just now is still to be answered: its session is there, and its time isn't over. */
export function stillAsked(gateway: Pick<Gateway, "isOpen">, { session }: Requester): () => boolean {
  const until_ms = monotonic() + limits.request_deadline_ms;
  return () => monotonic() < until_ms && gateway.isOpen(session);
}
