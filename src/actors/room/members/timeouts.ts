// Who times out whom, and until when.

import type { Member } from "../../../domain/community.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import { forbidden } from "../asker.ts";
import type { Room } from "../room.ts";
import { isBelow, ranksTooHigh } from "./rank.ts";

/** When the member's timeout ends, as it is wanted, if the asker may say so; one that would be over already is none. */
export function judgeTimeout(
  room: Room,
  asker: Member,
  standing: Member,
  wanted: string | null | undefined,
): Outcome<number | null> {
  if (wanted === undefined) return success(standing.timed_out_until);
  const until = wanted === null ? null : Date.parse(wanted);
  if (Number.isNaN(until)) {
    return failure("bad_request", "There is no such time.", { path: "data.changes.timed_out_until" });
  }
  const timed_out_until = until !== null && until > room.on.clock() ? until : null;
  if (timed_out_until === standing.timed_out_until) return success(timed_out_until);
  if (!room.structure.may(asker, "kick_members")) return forbidden("kick_members");
  return isBelow(room, asker, standing) ? success(timed_out_until) : ranksTooHigh();
}
