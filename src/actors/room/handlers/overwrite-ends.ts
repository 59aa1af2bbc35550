// What becomes of overwrites when the role or member that they are for goes: rows of the places that have them, and what
// is told of these.

import type { Category, Channel } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { isForSame, NO_RULES, type Overwrite, type Rules } from "../../../domain/permissions.ts";
import type { PlannedRows } from "../plan.ts";
import type { Room } from "../room.ts";
import type { PlannedEvent } from "../structure/audience.ts";
import { overwriteViews } from "../views.ts";
import { channelThen, channelUpdated } from "./channels.ts";

interface Ends {
  rows: PlannedRows;
  events: () => PlannedEvent[];
}

/** The lists of places stay as they are stored; they are told anew, without those for the role. */
export function afterRole(room: Room, role_id: number, nextSeq: () => number): Ends {
  const names = ({ overwrites }: Category | Channel) => overwrites.some((one) => isForSame(one, { role_id }));
  return changedPlaces(room, names, (place) => ({ ...place, seq: nextSeq() }));
}

/** Somebody who goes, with what is denied to them from then on, by place. */
export interface Leaver {
  readonly user_id: number;
  readonly denials: ReadonlyMap<number, Rules>;
}

/**
 * What is allowed to members ends with their memberships. What is denied to them stays, and their `denials` join it, as
 * far as the lists have room: nobody gets rid of them by leaving and coming back.
 */
export function ownOverwritesAtParting(room: Room, leavers: readonly Leaver[], nextSeq: () => number): Ends {
  const concerned = leavers.filter(({ user_id, denials }) => denials.size > 0 || room.structure.singlesOut(user_id));
  if (concerned.length === 0) return { rows: {}, events: () => [] };
  const left = (place: Category | Channel): readonly Overwrite[] => {
    // Those for roles that are gone take no room.
    const standing = room.structure.overwritesOf(place);
    const after = concerned.reduce((overwrites, leaver) => withoutAllowed(overwrites, place.id, leaver), standing);
    return after === standing ? place.overwrites : after;
  };
  return changedOverwrites(room, left, nextSeq);
}

function withoutAllowed(
  overwrites: readonly Overwrite[],
  place_id: number,
  { user_id, denials }: Leaver,
): readonly Overwrite[] {
  const at = overwrites.findIndex((one) => "user_id" in one && one.user_id === user_id);
  const { allow, deny } = overwrites[at] ?? { allow: NO_RULES, deny: NO_RULES };
  const own = { user_id, allow: NO_RULES, deny: deny | (denials.get(place_id) ?? NO_RULES) };
  if (own.allow === allow && own.deny === deny) return overwrites;
  if (at >= 0) return overwrites.toSpliced(at, 1, ...(own.deny === NO_RULES ? [] : [own]));
  return overwrites.length < limits.overwrites ? [...overwrites, own] : overwrites;
}

/** `change` gives back the same list where it stays as it is. */
function changedOverwrites(
  room: Room,
  change: (place: Category | Channel) => readonly Overwrite[],
  nextSeq: () => number,
): Ends {
  const differs = (place: Category | Channel) => change(place) !== place.overwrites;
  return changedPlaces(room, differs, (place) => ({ ...place, overwrites: change(place), seq: nextSeq() }));
}

function changedPlaces(
  room: Room,
  differs: (place: Category | Channel) => boolean,
  changed: <Place extends Category | Channel>(place: Place) => Place,
): Ends {
  const { structure } = room;
  const categories = structure
    .categories()
    .filter(differs)
    .map((category) => changed(category));
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

function overwritesChanged({ id: server_id, structure: { server, viewing } }: Room, category: Category): PlannedEvent {
  const { id, seq } = category;
  const data = () => {
    return { server_id, category: { id, overwrites: overwriteViews({ server, viewing }, category.overwrites) } };
  };
  return { type: "category_updated", seq, data, viewers_of: id };
}
