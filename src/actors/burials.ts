// How messages by the thousand go: their rooms are asked to bury them, a slice at a time with a pause after each, so that
// it holds up nobody. What a room can't do now is left to whoever comes again.

import { limits } from "../domain/limits.ts";
import type { Outcome } from "../protocol/outcome.ts";
import type { Actors } from "./calls.ts";

export interface BurialDependencies {
  actors: Actors;
  /** Between two slices. */
  pause(): Promise<void>;
}

export interface DoomedMessages {
  server_id: number;
  channel_id: number;
  message_ids: readonly number[];
}

/** False where some of them are still there: it was stopped, or their room can't do it now. */
export async function buryAll(
  { actors, pause }: BurialDependencies,
  { server_id, channel_id, message_ids }: DoomedMessages,
  isStopping: () => boolean,
): Promise<boolean> {
  for (let done = 0; done < message_ids.length; ) {
    if (isStopping()) return false;
    const slice = message_ids.slice(done, done + limits.burial_slice);
    const buried: Outcome<{ taken: number }> = await actors.request(`room:${server_id}`, "bury", {
      channel_id,
      message_ids: slice,
    });
    // A server that is no more takes its messages with it.
    if (!buried.ok && buried.error.code !== "not_found") return false;
    done += buried.ok ? buried.value.taken : slice.length;
    await pause();
  }
  return true;
}
