// Writes that rest on a slot: an owner may only store what it decided while the slot was its node's, in that epoch. The
// condition stands in the job itself, so that it holds at the commit, however late the job gets there.

import { DatabaseError, type StatementResult, unavailable, undone } from "../db/engine/driver.ts";
import type { Perform, Write } from "../db/engine/write.ts";
import { guardingSlot, type SlotFence } from "./membership/tables.ts";

/**
 * `perform` for what an owner decides; `fence` is where its slot stands now, null where it is not this node's. What is
 * refused for it is told to `onFenced`.
 */
export function fencing(perform: Perform, fence: () => SlotFence | null, onFenced = () => {}): Perform {
  const moved = () => {
    onFenced();
    return new DatabaseError(undone(unavailable("what was to be changed has moved to another node")));
  };
  return (write, onLost) => {
    const standing = fence();
    return standing ? perform(fenced(write, standing, moved), onLost) : Promise.reject(moved());
  };
}

function fenced<Stored>(write: Write<Stored>, fence: SlotFence, moved: () => DatabaseError): Write<Stored> {
  return {
    job: [guardingSlot(fence), ...write.job],
    stored: ([, ...results]: StatementResult[]) => write.stored(results),
    find: () => write.find(),
    refused(constraint) {
      if (constraint === "stale_epoch") throw moved();
      return write.refused?.(constraint);
    },
  };
}
