// Who can be told of a channel: whoever can view it, and sits before none of their sessions.

import type { Actors } from "../../actors/calls.ts";
import type { Outcome } from "../../protocol/outcome.ts";

const nobody: ReadonlySet<number> = new Set();

/** Those of the users. Rejects where the registry or the room can't say it now. */
export async function awayAmong(
  actors: Actors,
  { channel_id, place_id }: { channel_id: number; place_id: number },
  user_ids: readonly number[],
): Promise<ReadonlySet<number>> {
  if (user_ids.length === 0) return nobody;
  const active = answered(await actors.request("presence", "active_among", { user_ids }));
  const away = user_ids.filter((id) => !active.has(id));
  if (away.length === 0) return nobody;
  return answered(await actors.request(`room:${place_id}`, "viewers", { channel_id, user_ids: away }));
}

/** Of what is not there nobody is a viewer. */
function answered(outcome: Outcome<{ user_ids: number[] }>): ReadonlySet<number> {
  if (outcome.ok) return new Set(outcome.value.user_ids);
  if (outcome.error.code === "not_found") return nobody;
  throw new Error(`nobody can say who is away: ${outcome.error.message}`);
}
