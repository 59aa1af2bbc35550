// What members, and holders of one role, may view: one bit for each category and channel, worked out from masks that
// stand for all overwrites at once. It answers as `channelRules` does, for every place in one go; it knows no names.

import type { Category, Channel } from "../../../domain/community.ts";
import {
  ALL_RULES,
  hasRule,
  type MemberStanding,
  type Overwrite,
  type Role,
  serverRules,
} from "../../../domain/permissions.ts";

/** Where each place has its bit. A place keeps its slot from one index to the next. */
interface Slots {
  readonly of: ReadonlyMap<number, number>;
  /** By slot; undefined where nothing stands any more. */
  readonly ids: readonly (number | undefined)[];
  /** Bits of indexes of one generation can be compared. */
  readonly generation: number;
}

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
    const slot = this.#index.slots.of.get(place_id);
    return slot !== undefined && isSet(this.#bits, slot);
  }

  /** The ids of the channels in it. */
  get channels(): ReadonlySet<number> {
    this.#channels ??= new Set(this.#ids().filter((id) => !this.#index.isCategory(id)));
    return this.#channels;
  }

  /** The ids of the categories in it, and then those of the channels. */
  get places(): ReadonlySet<number> {
    const categories = this.#ids().filter((id) => this.#index.isCategory(id));
    this.#places ??= new Set([...categories, ...this.channels]);
    return this.#places;
  }

  /** The ids of what is in this and not in the other: categories, and then channels. */
  without(other: Sight): number[] {
    if (other === this) return [];
    const comparable = this.#index.slots.generation === other.#index.slots.generation;
    const only = comparable ? this.#bits.map((word, at) => word & ~(other.#bits[at] ?? 0)) : this.#bits;
    const ids = this.#ids(only).filter((id) => comparable || !other.has(id));
    const categories = ids.filter((id) => this.#index.isCategory(id));
    return categories.length === 0 ? ids : [...categories, ...ids.filter((id) => !this.#index.isCategory(id))];
  }

  /** Whether one surely sees the same in both. */
  isSame(other: Sight): boolean {
    if (other === this) return true;
    const [one, two] = [this.#bits, other.#bits];
    if (this.#index.slots.generation !== other.#index.slots.generation || one.length !== two.length) return false;
    for (let at = 0; at < one.length; at += 1) if (one[at] !== two[at]) return false;
    return true;
  }

  #ids(bits = this.#bits): number[] {
    const { ids } = this.#index.slots;
    const found: number[] = [];
    for (let at = 0; at < bits.length; at += 1) {
      for (let left = bits[at] ?? 0; left !== 0; left &= left - 1) {
        const id = ids[at * WORD + (WORD - 1 - Math.clz32(left & -left))];
        if (id !== undefined) found.push(id);
      }
    }
    return found;
  }
}

const WORD = 32;

function isSet(bits: Uint32Array, slot: number): boolean {
  return (((bits[slot >>> 5] ?? 0) >>> (slot & 31)) & 1) === 1;
}

/** What overwrites for one role or member deny and allow of viewing, those of categories and those of channels. */
interface Masks {
  readonly category: { readonly deny: Uint32Array; readonly allow: Uint32Array };
  readonly channel: { readonly deny: Uint32Array; readonly allow: Uint32Array };
}

export class SightIndex {
  readonly slots: Slots;
  readonly #words: number;
  readonly #all: Uint32Array;
  /** By category: itself, and the channels in it. */
  readonly #inside = new Map<number, { slot: number; channels: Uint32Array }>();
  readonly #roles = new Map<number, Masks>();
  readonly #users = new Map<number, Masks>();

  /** `before` is the index that this one follows. */
  constructor(categories: Iterable<Category>, channels: Iterable<Channel>, before: SightIndex | null = null) {
    const [all_categories, all_channels] = [[...categories], [...channels]];
    this.slots = slotsFor([...all_categories, ...all_channels], before?.slots ?? null);
    this.#words = Math.ceil(this.slots.ids.length / WORD);
    this.#all = this.#empty();
    for (const category of all_categories) this.#inside.set(category.id, this.#placed(category));
    for (const channel of all_channels) {
      const { slot } = this.#placed(channel);
      const category = channel.category_id === null ? undefined : this.#inside.get(channel.category_id);
      if (category) set(category.channels, slot);
      this.#note(channel.overwrites, "channel", only(this.#empty(), slot));
    }
    for (const { id, overwrites } of all_categories) {
      const { slot, channels: inside } = this.#inside.get(id) as { slot: number; channels: Uint32Array };
      this.#note(overwrites, "category", only(inside.slice(), slot));
    }
  }

  isCategory(place_id: number): boolean {
    return this.#inside.has(place_id);
  }

  /** Whether somewhere an overwrite is for this user alone. */
  singlesOut(user_id: number): boolean {
    return this.#users.has(user_id);
  }

  sightOf(member: MemberStanding, default_role: Role): Sight {
    const base = serverRules(member, default_role);
    if (base === ALL_RULES) return new Sight(this, this.#all);
    const bits = hasRule(base, "view_channel") ? this.#all.slice() : this.#empty();
    const everybody = this.#roles.get(default_role.id);
    const held = this.#together(member.roles.flatMap(({ id }) => this.#roles.get(id) ?? []));
    const own = this.#users.get(member.user_id);
    for (const level of ["category", "channel"] as const) {
      for (const masks of [everybody, held, own]) if (masks) overwrite(bits, masks[level]);
    }
    // A category in which one sees a channel is seen, too.
    for (const { slot, channels } of this.#inside.values()) if (overlap(bits, channels)) set(bits, slot);
    return new Sight(this, bits);
  }

  #empty(): Uint32Array {
    return new Uint32Array(this.#words);
  }

  #placed({ id }: { id: number }): { slot: number; channels: Uint32Array } {
    const slot = this.slots.of.get(id) as number;
    set(this.#all, slot);
    return { slot, channels: this.#empty() };
  }

  #note(overwrites: readonly Overwrite[], level: keyof Masks, places: Uint32Array): void {
    for (const one of overwrites) {
      const [denies, allows] = [hasRule(one.deny, "view_channel"), hasRule(one.allow, "view_channel")];
      if ("user_id" in one || denies || allows) {
        const masks = "role_id" in one ? this.#masks(this.#roles, one.role_id) : this.#masks(this.#users, one.user_id);
        if (denies) add(masks[level].deny, places);
        if (allows) add(masks[level].allow, places);
      }
    }
  }

  #masks(of: Map<number, Masks>, id: number): Masks {
    const known = of.get(id);
    if (known) return known;
    const masks = this.#noMasks();
    of.set(id, masks);
    return masks;
  }

  #noMasks(): Masks {
    const pair = () => ({ deny: this.#empty(), allow: this.#empty() });
    return { category: pair(), channel: pair() };
  }

  #together(all: readonly Masks[]): Masks | undefined {
    if (all.length < 2) return all[0];
    const sum = this.#noMasks();
    for (const { category, channel } of all) {
      add(sum.category.deny, category.deny);
      add(sum.category.allow, category.allow);
      add(sum.channel.deny, channel.deny);
      add(sum.channel.allow, channel.allow);
    }
    return sum;
  }
}

/** Slots are given out anew when so many of them stand empty. */
const EMPTY_SLOTS = 256;

function slotsFor(places: readonly { id: number }[], before: Slots | null): Slots {
  const ids = new Array<number | undefined>(before?.ids.length ?? 0);
  const fresh = !before || before.ids.length + places.length > places.length * 2 + EMPTY_SLOTS;
  if (fresh) ids.length = 0;
  const of = new Map<number, number>();
  for (const { id } of places) {
    const slot = (fresh ? undefined : before?.of.get(id)) ?? ids.push(undefined) - 1;
    ids[slot] = id;
    of.set(id, slot);
  }
  return { of, ids, generation: fresh ? (before?.generation ?? 0) + 1 : (before?.generation ?? 0) };
}

function set(bits: Uint32Array, slot: number): void {
  const at = slot >>> 5;
  bits[at] = (bits[at] ?? 0) | (1 << (slot & 31));
}

function only(bits: Uint32Array, slot: number): Uint32Array {
  set(bits, slot);
  return bits;
}

function add(to: Uint32Array, bits: Uint32Array): void {
  for (let at = 0; at < to.length; at += 1) to[at] = (to[at] ?? 0) | (bits[at] ?? 0);
}

function overwrite(bits: Uint32Array, { deny, allow }: { deny: Uint32Array; allow: Uint32Array }): void {
  for (let at = 0; at < bits.length; at += 1) bits[at] = ((bits[at] ?? 0) & ~(deny[at] ?? 0)) | (allow[at] ?? 0);
}

function overlap(one: Uint32Array, other: Uint32Array): boolean {
  for (let at = 0; at < one.length; at += 1) if (((one[at] ?? 0) & (other[at] ?? 0)) !== 0) return true;
  return false;
}
