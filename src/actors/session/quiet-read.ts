// Answers put together while something about their topics is on its way, stored but not told yet, would bring what is
// about to be told again, or lack what was told meanwhile. These wait until it is told, and are then put together anew.

import type { Store } from "../../db/store.ts";
import { success } from "../../protocol/outcome.ts";
import type { Asking } from "../calls.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Reply } from "../kernel/actor.ts";
import type { Look, Viewer } from "../people/calls.ts";

/** After so many, an answer that goes beyond what was told is given as it is: what is beyond is told again. */
const ATTEMPTS = 8;

export interface QuietDependencies {
  actors: Asking;
  store: Pick<Store, "users">;
}

/** What was read, and how far the user's own topic went as it was read. */
export interface ReadAsOf<Value> {
  value: Value;
  seq: number;
}

/**
 * Reads what belongs to the user's own topic, with the number that it is of: never less than was told before it was read,
 * though the row that was told last may have been purged since. Where changes never end, it may have more in it than that,
 * which is told again.
 */
export async function readAsOf<Value>(
  { actors, store }: QuietDependencies,
  user_id: number,
  read: () => Promise<Value>,
): Promise<ReadAsOf<Value>> {
  const told = await actors.request("presence", "told", { user_id, seq: 0 });
  const least = told.ok ? told.value.seq : 0;
  let before = await store.users.lastSelfSeq(user_id);
  for (let left = ATTEMPTS; ; left -= 1) {
    const value = await read();
    // Two equal numbers are that of what was read between them.
    const after = await store.users.lastSelfSeq(user_id);
    if (before === after || left === 1) return { value, seq: Math.max(before, least) };
    before = after;
  }
}

/**
 * Reads what belongs to the user's own topic; `use` has it in a turn in which just that has been told, as far as there is
 * such a turn within a few readings. Comes to false where the registry doesn't answer, or more was told each time.
 */
export async function readAsTold<Value>(
  on: QuietDependencies,
  user_id: number,
  read: () => Promise<Value>,
  use: (value: Value, seq: number) => void,
): Promise<boolean> {
  for (let left = ATTEMPTS; left > 0; left -= 1) {
    const { value, seq } = await readAsOf(on, user_id, read);
    const is_used = await new Promise<boolean>((resolve, reject) => {
      on.actors.ask("presence", "told", { user_id, seq }, (told) => {
        // What lacks something that was told would take it from whoever has heard it.
        const is_as_told = told.ok && (told.value.seq === seq || (left === 1 && told.value.seq < seq));
        try {
          if (is_as_told) use(value, seq);
          resolve(is_as_told);
        } catch (error) {
          reject(error);
        }
      });
    });
    if (is_used) return true;
  }
  return false;
}

/**
 * Has the registry describe people who were read by `read`, and watch them; where a change of one of their profiles is on
 * its way, they are read again once it is told.
 */
export async function lookInQuiet<Found extends { known: readonly number[]; viewer: Viewer }>(
  { actors }: Pick<QuietDependencies, "actors">,
  watch_with: SessionId,
  read: () => Promise<Found>,
  reply: Reply<{ found: Found; looked: Look }>,
): Promise<void> {
  for (let left = ATTEMPTS; left > 0; left -= 1) {
    const found = await read();
    const moving = await new Promise<readonly number[]>((resolve) => {
      const look = { user_ids: found.known, viewer: found.viewer, watch_with };
      actors.ask("presence", "look", look, (looked) => {
        const again = looked.ok && left > 1 ? looked.value.moving : [];
        if (again.length === 0) reply(looked.ok ? success({ found, looked: looked.value }) : looked);
        resolve(again);
      });
    });
    if (moving.length === 0) return;
    await actors.request("presence", "settled", { user_ids: moving });
  }
}
