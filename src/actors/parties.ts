// For whom a requester takes a place in a pool, and for how long anybody waits for what comes of it.

import { monotonic } from "../clock.ts";
import type { Party } from "../domain/fair-share.ts";
import { limits } from "../domain/limits.ts";
import type { Gateway } from "./delivery/gateway.ts";
import type { Requester } from "./session/calls.ts";

export const partyOf = (user_id: number, address: string): Party => ({ party: `user ${user_id}`, group: address });

/** Whether a request that has come just now is still to be answered: its session is there, and its time isn't over. */
export function stillAsked(gateway: Pick<Gateway, "isOpen">, { session }: Requester): () => boolean {
  const until_ms = monotonic() + limits.request_deadline_ms;
  return () => monotonic() < until_ms && gateway.isOpen(session);
}
