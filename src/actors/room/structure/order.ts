// Positions in a list that people put in order. What is moved lands where it is wanted among the others, which make
// room for it: as few of them as can. It only computes.

import { limits } from "../../../domain/limits.ts";

export interface Placed {
  readonly id: number;
  readonly position: number;
}

export interface Landing<Thing> {
  readonly position: number;
  /** Those of the others that make room, with their new positions. */
  readonly moved: readonly Thing[];
}

/** After all of the list. */
export function atEnd<Thing extends Placed>(list: readonly Thing[]): Landing<Thing> {
  return landing(list, null, (list.at(-1)?.position ?? -1) + 1);
}

/**
 * Where `id`, of this list in display order or from elsewhere, comes to stand at the position: before who has it, or
 * after them where it comes from before them. Those of one position count as one after another, as they are shown.
 */
export function landing<Thing extends Placed>(
  list: readonly Thing[],
  id: number | null,
  position: number,
): Landing<Thing> {
  const shown = shownAt(list);
  const from = list.findIndex((thing) => thing.id === id);
  const is_later = from !== -1 && position > (shown[from] as number);
  const others = list.filter((_, at) => at !== from);
  const places = shown.filter((_, at) => at !== from);
  const first_after = places.findIndex((at) => (is_later ? at > position : at >= position));
  const index = first_after === -1 ? others.length : first_after;
  const around = makeRoom(others, index, position);
  const fits = [position, ...around].every((at) => at >= 0 && at <= limits.position);
  const positions = fits ? around : others.map((_, at) => (at < index ? at : at + 1));
  return {
    position: fits ? position : index,
    moved: others.flatMap((other, at) => {
      const now = positions[at] as number;
      return now === other.position ? [] : { ...other, position: now };
    }),
  };
}

/**
 * The list with those that are wanted in it, each at its position: of several at one the later stand after the first.
 * The others keep their places and their order, and give way upwards where one of these stands. Those are given back
 * that are wanted, and those of the others that move.
 */
export function arrangement<Thing extends Placed>(others: readonly Thing[], wanted: readonly Thing[]): Thing[] {
  const placed = spread(wanted.toSorted((one, other) => one.position - other.position));
  const taken = new Set(placed.map(({ position }) => position));
  let least = 0;
  const moved = others.map((other) => {
    let position = Math.max(other.position, least);
    while (taken.has(position)) position += 1;
    if (position === other.position) return other;
    least = position + 1;
    return { ...other, position };
  });
  const whole = [...placed, ...moved];
  const fits = whole.every(({ position }) => position <= limits.position);
  const shown = fits ? whole : whole.sort((one, other) => one.position - other.position);
  const all = fits ? shown : shown.map((thing, position) => ({ ...thing, position }));
  const before = new Map(others.map(({ id, position }) => [id, position]));
  return all.filter(({ id, position }) => before.get(id) !== position);
}

/** Each after the one before it, where that has its place. */
function spread<Thing extends Placed>(list: readonly Thing[]): Thing[] {
  let least = 0;
  return list.map((thing) => {
    const position = Math.max(thing.position, least);
    least = position + 1;
    return { ...thing, position };
  });
}

/** Whether it stands at the position by itself, so that to move it there changes nothing. */
export function standsAt(list: readonly Placed[], id: number, position: number): boolean {
  const there = list.filter((thing) => thing.position === position);
  return there.length === 1 && there[0]?.id === id;
}

/** Their positions, each at least one more than that before it. */
function shownAt(list: readonly Placed[]): number[] {
  const positions: number[] = [];
  for (const { position } of list) positions.push(Math.max(position, (positions.at(-1) ?? -1) + 1));
  return positions;
}

/** The others' positions, where one comes between them: those next to it give way, as far as they stand in the way. */
function makeRoom(others: readonly Placed[], index: number, position: number): number[] {
  const positions = others.map((other) => other.position);
  for (let [at, least] = [index, position + 1]; at < others.length && (positions[at] as number) < least; at += 1) {
    positions[at] = least;
    least += 1;
  }
  for (let [at, most] = [index - 1, position - 1]; at >= 0 && (positions[at] as number) > most; at -= 1) {
    positions[at] = most;
    most -= 1;
  }
  return positions;
}
