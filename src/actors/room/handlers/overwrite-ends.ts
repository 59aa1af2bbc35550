// What becomes of overwrites when the role or member that they are for goes: rows of the places that have them, and what
// is told of these.

import type { Category, Channel } from "../../../domain/community.ts";
import { NO_RULES, type Overwrite } from "../../../domain/permissions.ts";
import type { PlannedRows } from "../plan.ts";
import type { Room } from "../room.ts";
import type { PlannedEvent } from "../structure/audience.ts";
import { type Target, targetOf } from "../structure/overwrites.ts";
import { categoryView } from "../views.ts";
import { channelThen, channelUpdated } from "./channels.ts";

interface Ends {
  rows: PlannedRows;
  events: () => PlannedEvent[];
}

export function isFor(overwrite: Overwrite, target: Target): boolean {
  return targetOf(overwrite) === targetOf(target);
}

/** Takes those that `ends` names out of all lists. */
export function withoutOverwrites(room: Room, ends: (overwrite: Overwrite) => boolean, nextSeq: () => number): Ends {
  return changedOverwrites(room, (overwrite) => (ends(overwrite) ? null : overwrite), nextSeq);
}

/**
 * What is allowed to a member ends with the membership. What is denied to them stays, so that nobody gets rid of it by
 * leaving and coming back.
 */
export function withoutAllowances(room: Room, user_id: number, nextSeq: () => number): Ends {
  const ended = (overwrite: Overwrite): Overwrite | null => {
    if (!isFor(overwrite, { user_id }) || overwrite.allow === NO_RULES) return overwrite;
    return overwrite.deny === NO_RULES ? null : { ...overwrite, allow: NO_RULES };
  };
  return room.structure.singlesOut(user_id) ? changedOverwrites(room, ended, nextSeq) : { rows: {}, events: () => [] };
}

/** `change` gives back the same overwrite where it stays, and null where it ends. */
function changedOverwrites(
  room: Room,
  change: (overwrite: Overwrite) => Overwrite | null,
  nextSeq: () => number,
): Ends {
  const { structure } = room;
  const differs = ({ overwrites }: Category | Channel) => overwrites.some((one) => change(one) !== one);
  const changed = <Place extends Category | Channel>(place: Place): Place => {
    return { ...place, overwrites: place.overwrites.flatMap((one) => change(one) ?? []), seq: nextSeq() };
  };
  const categories = structure.categories().filter(differs).map(changed);
  const channels = structure
    .channels()
    .filter(differs)
    .map((channel) => ({ before: channelThen(structure, channel), channel: changed(channel) }));
  return {
    rows: {
      ...(categories.length > 0 && { categories }),
      ...(channels.length > 0 && { channels: channels.map(({ channel }) => channel) }),
    },
    events: () => [
      ...categories.map((category) => overwritesChanged(room, category)),
      ...channels.flatMap(({ before, channel }) => channelUpdated(room, before, channel)),
    ],
  };
}

function overwritesChanged({ id: server_id }: Room, category: Category): PlannedEvent {
  const { id, seq } = category;
  const data = () => ({ server_id, category: { id, overwrites: categoryView(category).overwrites } });
  return { type: "category_updated", seq, data, viewers_of: id };
}
