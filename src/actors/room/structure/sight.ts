// What members, and holders of one role, may view: one bit for each category and channel, worked out from masks that
// stand for all overwrites at once. It answers as `channelRules` does, for every place in one go; it knows no names.

import type { Category, Channel } from "../../../domain/community.ts";
import { ALL_RULES, hasRule, type MemberStanding, type Role, uncappedRules } from "../../../domain/permissions.ts";
import { addBits, addDifference, commonBits, emptyBits, hasBit, numbersIn, overlap, setBit, takeBits } from "./bits.ts";
import { changedPlaces, type Masks, noMasks, noPlaces, type PlaceChange, type Places } from "./sight-places.ts";

/** What one can see of a structure as it was at one moment. */
export class Sight {
  readonly #index: SightIndex;
  readonly #bits: Uint32Array;
  #channels: ReadonlySet<number> | null = null;
  #places: ReadonlySet<number> | null = null;

  constructor(index: SightIndex, bits: Uint32Array) {
    this.#index = index;
    this.#bits = bits;
  }

  has(place_id: number): boolean {
    const slot = this.#index.places.slots.of.get(place_id);
    return slot !== undefined && hasBit(this.#bits, slot);
  }

  /** The ids of the channels in it. */
  get channels(): ReadonlySet<number> {
    this.#channels ??= new Set(this.#ids().filter((id) => !this.#index.isCategory(id)));
    return this.#channels;
  }

  /** The ids of the categories in it, and then those of the channels. */
  get places(): ReadonlySet<number> {
    this.#places ??= new Set([...this.#ids().filter((id) => this.#index.isCategory(id)), ...this.channels]);
    return this.#places;
  }

  /** The ids of what is in this and not in the other: categories, and then channels. */
  without(other: Sight): number[] {
    if (other === this) return [];
    const comparable = this.#isComparable(other);
    const only = comparable ? this.#bits.map((word, at) => word & ~(other.#bits[at] ?? 0)) : this.#bits;
    const ids = this.#ids(only).filter((id) => comparable || !other.has(id));
    const categories = ids.filter((id) => this.#index.isCategory(id));
    return categories.length === 0 ? ids : [...categories, ...ids.filter((id) => !this.#index.isCategory(id))];
  }

  /** Whether one surely sees the same in both. */
  isSame(other: Sight): boolean {
    if (other === this) return true;
    const [one, two] = [this.#bits, other.#bits];
    if (!this.#isComparable(other) || one.length !== two.length) return false;
    for (let at = 0; at < one.length; at += 1) if (one[at] !== two[at]) return false;
    return true;
  }

  /** Whether a place, of those that stand, is in one and not in the other of any pair, or in any of `also`. */
  static differing(
    pairs: readonly (readonly [was: Sight, is: Sight])[],
    also: readonly Sight[],
  ): ((place_id: number) => boolean) | null {
    const newest = pairs[0]?.[1];
    if (!newest || pairs.some((pair) => pair.some((sight) => !sight.#isComparable(newest)))) return null;
    if (also.some((sight) => !sight.#isComparable(newest))) return null;
    const { ids, of } = newest.#index.places.slots;
    const differ = emptyBits(ids.length);
    for (const [was, is] of pairs) if (was !== is) addDifference(differ, was.#bits, is.#bits);
    for (const sight of also) addBits(differ, sight.#bits);
    return (place_id) => hasBit(differ, of.get(place_id) ?? ids.length);
  }

  #isComparable(other: Sight): boolean {
    return this.#index.places.slots.generation === other.#index.places.slots.generation;
  }

  #ids(bits = this.#bits): number[] {
    const { ids } = this.#index.places.slots;
    return [...numbersIn(bits)].flatMap((slot) => ids[slot] ?? []);
  }
}

export const { differing } = Sight;

/** It stays as it is: what changes makes another, which shares with it what has not changed. */
export class SightIndex {
  readonly places: Places;

  private constructor(places: Places) {
    this.places = places;
  }

  static of(categories: Iterable<Category>, channels: Iterable<Channel>): SightIndex {
    const all = [...categories, ...channels].map((place) => ({ was: undefined, is: place }));
    return new SightIndex(changedPlaces(noPlaces(), all));
  }

  /** This very index where nobody sees otherwise for it; the work follows what changes, and not what stands. */
  after(changes: readonly PlaceChange[]): SightIndex {
    const places = changedPlaces(this.places, changes);
    return places === this.places ? this : new SightIndex(places);
  }

  isCategory(place_id: number): boolean {
    return this.places.inside.get(place_id)?.is_there ?? false;
  }

  /** Whether somewhere an overwrite is for this user alone. */
  singlesOut(user_id: number): boolean {
    return this.places.users.has(user_id);
  }

  sightOf(member: MemberStanding, default_role: Role): Sight {
    const bits = this.#bitsOf(member, default_role);
    if (bits === this.places.all) return new Sight(this, bits);
    // A category in which one sees a channel is seen, too.
    for (const { is_there, slot, channels } of this.places.inside.values()) {
      if (is_there && overlap(bits, channels)) setBit(bits, slot);
    }
    return new Sight(this, bits);
  }

  /** All there are, or bits that are nobody else's. A bot sees nothing that its owner doesn't. */
  #bitsOf(member: MemberStanding, default_role: Role): Uint32Array {
    const bits = this.#uncappedBits(member, default_role);
    if (!member.bot) return bits;
    const { owner } = member.bot;
    return owner ? commonBits(bits, this.#bitsOf(owner, default_role)) : emptyBits(this.places.slots.ids.length);
  }

  #uncappedBits(member: MemberStanding, default_role: Role): Uint32Array {
    const { all, roles, users, slots } = this.places;
    const base = uncappedRules(member, default_role);
    if (base === ALL_RULES) return all;
    const bits = hasRule(base, "view_channel") ? all.slice() : emptyBits(slots.ids.length);
    const everybody = roles.get(default_role.id);
    const held = this.#together(member.roles.flatMap(({ id }) => roles.get(id) ?? []));
    const own = users.get(member.user_id);
    const lets_in = hasRule(member.bot?.rules ?? ALL_RULES, "view_channel");
    for (const level of ["category", "channel"] as const) {
      for (const masks of [everybody, held, own]) {
        if (!masks) continue;
        takeBits(bits, masks[level].deny);
        if (masks !== everybody || lets_in) addBits(bits, masks[level].allow);
      }
    }
    return bits;
  }

  #together(all: readonly Masks[]): Masks | undefined {
    if (all.length < 2) return all[0];
    const sum = noMasks(this.places.slots.ids.length);
    for (const { category, channel } of all) {
      addBits(sum.category.deny, category.deny);
      addBits(sum.category.allow, category.allow);
      addBits(sum.channel.deny, channel.deny);
      addBits(sum.channel.allow, channel.allow);
    }
    return sum;
  }
}
