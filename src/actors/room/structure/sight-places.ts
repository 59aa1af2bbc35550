// What an index of sight knows of categories and channels, as values that stay as they are, and how they follow from
// those before a change: copied where it touches them, and shared where it doesn't.

import type { Category, Channel } from "../../../domain/community.ts";
import { isForSame, type Overwrite, rulesOf } from "../../../domain/permissions.ts";
import { addBits, clearBit, copiedBits, emptyBits, setBit, takeBits } from "./bits.ts";

type Place = Category | Channel;

/** A place before and after a change; undefined where it isn't there. */
export interface PlaceChange {
  readonly was: Place | undefined;
  readonly is: Place | undefined;
}

/** Where each place has its bit. None is another's as long as the generation is the same. */
interface Slots {
  readonly of: ReadonlyMap<number, number>;
  /** By slot; undefined where nothing stands any more. */
  readonly ids: readonly (number | undefined)[];
  /** Bits of one generation can be compared. */
  readonly generation: object;
}

/** What overwrites for one role or member deny and allow of viewing, those of categories and those of channels. */
export interface Masks {
  readonly category: { readonly deny: Uint32Array; readonly allow: Uint32Array };
  readonly channel: { readonly deny: Uint32Array; readonly allow: Uint32Array };
  /** How many overwrites they stand for. */
  readonly count: number;
}

/** A category, or what channels say that they are in. */
interface Inside {
  readonly is_there: boolean;
  readonly slot: number;
  readonly channels: Uint32Array;
  /** Those that bear on sight. */
  readonly overwrites: readonly Overwrite[];
}

export interface Places {
  readonly slots: Slots;
  readonly all: Uint32Array;
  /** By category. */
  readonly inside: ReadonlyMap<number, Inside>;
  readonly roles: ReadonlyMap<number, Masks>;
  readonly users: ReadonlyMap<number, Masks>;
}

export function noPlaces(): Places {
  const slots = { of: new Map(), ids: [], generation: {} };
  return { slots, all: emptyBits(0), inside: new Map(), roles: new Map(), users: new Map() };
}

export function noMasks(slots: number): Masks {
  const pair = () => ({ deny: emptyBits(slots), allow: emptyBits(slots) });
  return { category: pair(), channel: pair(), count: 0 };
}

/** Slots are given out anew, by an index made of all places, when so many stand empty beside as many as are taken. */
const EMPTY_SLOTS = 256;

export function isSparse({ slots }: Places): boolean {
  return slots.ids.length > slots.of.size * 2 + EMPTY_SLOTS;
}

/** The very same where the changes don't bear on who sees what. */
export function changedPlaces(before: Places, changes: readonly PlaceChange[]): Places {
  const bearing = changes.filter(bears);
  return bearing.length === 0 ? before : new Draft(before, bearing).places();
}

function bears({ was, is }: PlaceChange): boolean {
  if (was === undefined || is === undefined) return was !== is;
  return homeOf(was) !== homeOf(is) || !saysTheSame(was.overwrites, is.overwrites);
}

/** The category of a channel. */
const homeOf = (place: Place | undefined) => (place && "category_id" in place ? place.category_id : null);

function saysTheSame(one: readonly Overwrite[], other: readonly Overwrite[]): boolean {
  if (one === other) return true;
  const [was, is] = [bearingOnSight(one), bearingOnSight(other)];
  return was.length === is.length && was.every((overwrite, at) => isAlike(overwrite, is[at] as Overwrite));
}

function isAlike(one: Overwrite, other: Overwrite): boolean {
  return isForSame(one, other) && ((one.allow ^ other.allow) & VIEW) === 0 && ((one.deny ^ other.deny) & VIEW) === 0;
}

const VIEW = rulesOf(["view_channel"]);

/** Those for one user count in any case: they say that the user is singled out. */
function bearingOnSight(overwrites: readonly Overwrite[]): readonly Overwrite[] {
  return overwrites.filter((one) => "user_id" in one || ((one.allow | one.deny) & VIEW) !== 0);
}

/** Sets or clears the bits of some places. */
type Mark = (bits: Uint32Array) => void;

class Draft {
  readonly #before: Places;
  readonly #slot_of: Map<number, number>;
  readonly #ids: (number | undefined)[];
  readonly #all: Uint32Array;
  readonly #inside: Map<number, Inside>;
  readonly #roles: Map<number, Masks>;
  readonly #users: Map<number, Masks>;
  /** Masks that are this draft's own, and not shared with what was before. */
  readonly #own = new Set<Masks>();

  constructor(before: Places, changes: readonly PlaceChange[]) {
    this.#before = before;
    this.#slot_of = new Map(before.slots.of);
    this.#ids = [...before.slots.ids];
    this.#inside = new Map(before.inside);
    this.#roles = new Map(before.roles);
    this.#users = new Map(before.users);
    for (const { was, is } of changes) if (!was && is) this.#slot_of.set(is.id, this.#ids.push(is.id) - 1);
    this.#all = copiedBits(before.all, this.#ids.length);
    const reached = categoriesIn(changes);
    for (const id of reached) this.#noteCategory(id, false);
    for (const change of changes) this.#change(change);
    for (const id of reached) this.#noteCategory(id, true);
  }

  places(): Places {
    const slots = { of: this.#slot_of, ids: this.#ids, generation: this.#before.slots.generation };
    return { slots, all: this.#all, inside: this.#inside, roles: this.#roles, users: this.#users };
  }

  #change({ was, is }: PlaceChange): void {
    const { id } = (is ?? was) as Place;
    const slot = this.#slot_of.get(id) as number;
    if ("category_id" in ((is ?? was) as Place)) this.#changeChannel(slot, was, is);
    else this.#set(id, { slot, is_there: is !== undefined, overwrites: bearingOnSight(is?.overwrites ?? []) });
    if (is) return setBit(this.#all, slot);
    clearBit(this.#all, slot);
    this.#slot_of.delete(id);
    this.#ids[slot] = undefined;
  }

  #changeChannel(slot: number, was: Place | undefined, is: Place | undefined): void {
    if (was) this.#note(bearingOnSight(was.overwrites), "channel", (bits) => clearBit(bits, slot), -1);
    if (is) this.#note(bearingOnSight(is.overwrites), "channel", (bits) => setBit(bits, slot), 1);
    const [from, to] = [homeOf(was), homeOf(is)];
    if (from === to) return;
    if (from !== null) clearBit(this.#set(from, {}).channels, slot);
    if (to !== null) setBit(this.#set(to, {}).channels, slot);
  }

  /** A category, with bits of its own. */
  #set(category_id: number, fields: Partial<Inside>): Inside {
    const known = this.#inside.get(category_id) ?? NOT_THERE;
    const set = { ...known, channels: copiedBits(known.channels, this.#ids.length), ...fields };
    this.#inside.set(category_id, set);
    return set;
  }

  #noteCategory(category_id: number, is_on: boolean): void {
    const { is_there, slot, channels, overwrites } = this.#inside.get(category_id) ?? NOT_THERE;
    if (!is_there) return;
    const places = copiedBits(channels, this.#ids.length);
    setBit(places, slot);
    const mark: Mark = is_on ? (bits) => addBits(bits, places) : (bits) => takeBits(bits, places);
    this.#note(overwrites, "category", mark, is_on ? 1 : -1);
  }

  #note(overwrites: readonly Overwrite[], level: "category" | "channel", mark: Mark, count: 1 | -1): void {
    for (const one of overwrites) {
      const { deny, allow } =
        "role_id" in one
          ? this.#masks(this.#roles, one.role_id, count)[level]
          : this.#masks(this.#users, one.user_id, count)[level];
      if ((one.deny & VIEW) !== 0) mark(deny);
      if ((one.allow & VIEW) !== 0) mark(allow);
    }
  }

  /** Those of a role or user, to be written to, for one overwrite more or less; without any they are forgotten. */
  #masks(of: Map<number, Masks>, id: number, count: 1 | -1): Masks {
    const known = of.get(id);
    const masks = known && this.#own.has(known) ? known : this.#ownMasks(known);
    of.set(id, masks);
    const counted = masks as { count: number };
    counted.count += count;
    if (counted.count === 0) of.delete(id);
    return masks;
  }

  #ownMasks(known: Masks | undefined): Masks {
    const slots = this.#ids.length;
    const copied = ({ deny, allow }: Masks["channel"]) => ({
      deny: copiedBits(deny, slots),
      allow: copiedBits(allow, slots),
    });
    const masks = known
      ? { category: copied(known.category), channel: copied(known.channel), count: known.count }
      : noMasks(slots);
    this.#own.add(masks);
    return masks;
  }
}

const NOT_THERE: Inside = { is_there: false, slot: -1, channels: emptyBits(0), overwrites: [] };

/** The categories whose overwrites, or what these hold for, change. */
function categoriesIn(changes: readonly PlaceChange[]): ReadonlySet<number> {
  const ids = new Set<number>();
  for (const { was, is } of changes) {
    const place = (is ?? was) as Place;
    if (!("category_id" in place)) ids.add(place.id);
    const [from, to] = [homeOf(was), homeOf(is)];
    if (from === to) continue;
    if (from !== null) ids.add(from);
    if (to !== null) ids.add(to);
  }
  return ids;
}
