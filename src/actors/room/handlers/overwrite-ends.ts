// What becomes of overwrites when the role or member that they are for goes: rows of the places that have them, and what
// is told of these.

import type { Category, Channel } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { NO_RULES, type Overwrite, type Rules } from "../../../domain/permissions.ts";
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
  const left = ({ overwrites }: Category | Channel) => {
    return overwrites.some(ends) ? overwrites.filter((one) => !ends(one)) : overwrites;
  };
  return changedOverwrites(room, left, nextSeq);
}

/**
 * What is allowed to a member ends with the membership. What is denied to them stays, and `denials`, by place, join it,
 * as far as the lists have room: nobody gets rid of them by leaving and coming back.
 */
export function ownOverwritesAtParting(
  room: Room,
  user_id: number,
  denials: ReadonlyMap<number, Rules>,
  nextSeq: () => number,
): Ends {
  if (denials.size === 0 && !room.structure.singlesOut(user_id)) return { rows: {}, events: () => [] };
  const left = ({ id, overwrites }: Category | Channel): readonly Overwrite[] => {
    const at = overwrites.findIndex((one) => "user_id" in one && one.user_id === user_id);
    const { allow, deny } = overwrites[at] ?? { allow: NO_RULES, deny: NO_RULES };
    const own = { user_id, allow: NO_RULES, deny: deny | (denials.get(id) ?? NO_RULES) };
    if (own.allow === allow && own.deny === deny) return overwrites;
    if (at >= 0) return overwrites.toSpliced(at, 1, ...(own.deny === NO_RULES ? [] : [own]));
    return overwrites.length < limits.overwrites ? [...overwrites, own] : overwrites;
  };
  return changedOverwrites(room, left, nextSeq);
}

/** `change` gives back the same list where it stays as it is. */
function changedOverwrites(
  room: Room,
  change: (place: Category | Channel) => readonly Overwrite[],
  nextSeq: () => number,
): Ends {
  const { structure } = room;
  const differs = (place: Category | Channel) => change(place) !== place.overwrites;
  const changed = <Place extends Category | Channel>(place: Place): Place => {
    return { ...place, overwrites: change(place), seq: nextSeq() };
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
