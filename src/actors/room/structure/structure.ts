// A server's structure in memory, and every question about it: who may view what, who outranks whom. It answers from
// what is committed; it changes only by `apply`, after a commit. It does no I/O and knows no sessions.

import type { Category, Channel, Member, Server, ServerRole, ServerStructure } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import {
  channelRules,
  hasRule,
  type MemberStanding,
  type Overwrite,
  type Rule,
  type Rules,
  serverRules,
} from "../../../domain/permissions.ts";
import { growingCache } from "../../growing-cache.ts";
import { type Sight, SightIndex } from "./sight.ts";
import { isSparse } from "./sight-places.ts";
import { ViewingRoles } from "./viewing-roles.ts";

/** Rows that a change writes, whole, each with its new `seq`. */
export interface StructureChanges {
  readonly server?: Server;
  readonly roles?: readonly ServerRole[];
  readonly deleted_roles?: readonly { id: number; seq: number }[];
  readonly categories?: readonly Category[];
  readonly deleted_categories?: readonly { id: number; seq: number }[];
  readonly channels?: readonly Channel[];
  readonly deleted_channels?: readonly { id: number; seq: number }[];
}

export class Structure {
  #server: Server;
  readonly #roles: Map<number, ServerRole>;
  readonly #categories: Map<number, Category>;
  readonly #channels: Map<number, Channel>;
  /** What follows from these, worked out when it is asked for: null until then, and when it may have changed. */
  #index: SightIndex | null = null;
  #viewing: ViewingRoles | null = null;
  #roles_in_order: readonly ServerRole[] | null = null;
  #order: Order | null = null;
  /** What members see, by who they are and by standing: one member can have any number of them in turn. */
  #seen = new WeakMap<Member, Sight>();
  readonly #seen_by_role = new Map<number, Sight>();
  readonly #seen_by_standing = growingCache<string, Sight>(limits.standings_cached);

  constructor({ server, roles, categories, channels }: ServerStructure) {
    const byId = <Thing extends { id: number }>(things: readonly Thing[]) => new Map(things.map((t) => [t.id, t]));
    this.#server = server;
    this.#roles = byId(roles);
    this.#categories = byId(categories);
    this.#channels = byId(channels);
  }

  get server(): Server {
    return this.#server;
  }

  get defaultRole(): ServerRole {
    const role = this.#roles.get(this.#server.default_role_id);
    if (!role) throw new Error(`server ${this.#server.id} has no default role`);
    return role;
  }

  role(id: number): ServerRole | undefined {
    return this.#roles.get(id);
  }

  category(id: number): Category | undefined {
    return this.#categories.get(id);
  }

  channel(id: number): Channel | undefined {
    return this.#channels.get(id);
  }

  /** Ids are unique among both. */
  place(id: number): Category | Channel | undefined {
    return this.#channels.get(id) ?? this.#categories.get(id);
  }

  /** Top first: by position from high to low, those of one position by id; the default role last. */
  roles(): readonly ServerRole[] {
    this.#roles_in_order ??= [...this.#roles.values()].sort(
      (one, other) => other.position - one.position || one.id - other.id,
    );
    return this.#roles_in_order;
  }

  /** In display order. */
  categories(): readonly Category[] {
    return this.#ordered().categories;
  }

  /** In display order; `category_id` null for those outside any. */
  channels(category_id?: number | null): readonly Channel[] {
    const { channels, inside } = this.#ordered();
    return category_id === undefined ? channels : (inside.get(category_id) ?? []);
  }

  standing(member: Member): MemberStanding {
    const roles: ServerRole[] = [];
    for (const id of member.role_ids) {
      const role = this.#roles.get(id);
      if (role) roles.push(role);
    }
    const standing = { user_id: member.user_id, is_owner: member.user_id === this.#server.owner_id, roles };
    if (!member.bot) return standing;
    const { rules, owner } = member.bot;
    return { ...standing, bot: { rules, owner: owner && this.standing(owner) } };
  }

  /** What the member may in the server at large. */
  rules(member: Member): Rules {
    return serverRules(this.standing(member), this.defaultRole);
  }

  may(member: Member, rule: Rule): boolean {
    return hasRule(this.rules(member), rule);
  }

  /** What the member may in the channel; nothing without `view_channel`. */
  rulesIn(member: Member, channel: Channel): Rules {
    return channelRules(this.standing(member), this.defaultRole, this.#categoryOverwrites(channel), channel.overwrites);
  }

  mayIn(member: Member, channel: Channel, rule: Rule): boolean {
    return hasRule(this.rulesIn(member, channel), rule);
  }

  /** What the member may in a category, where no channel says otherwise; nothing without `view_channel`. */
  rulesInCategory(member: Member, category: Category): Rules {
    return channelRules(this.standing(member), this.defaultRole, category.overwrites, []);
  }

  /** The ids of the channels that the member may view. */
  visibleTo(member: Member): ReadonlySet<number> {
    return this.sightOf(member).channels;
  }

  /**
   * The ids of the categories, and then the channels, that the member may know of. A category is hidden where neither
   * its own overwrites leave `view_channel` nor those of a channel in it.
   */
  placesVisibleTo(member: Member): ReadonlySet<number> {
    return this.sightOf(member).places;
  }

  /** The same, as it can be compared with what they see at another time: it stays as it is. */
  sightOf(member: Member): Sight {
    const known = this.#seen.get(member);
    if (known) return known;
    const key = this.#keyOfStanding(member);
    const sight = this.#seen_by_standing.get(key) ?? this.#sights().sightOf(this.standing(member), this.defaultRole);
    this.#seen_by_standing.set(key, sight);
    this.#seen.set(member, sight);
    return sight;
  }

  /** Those for whom it is the same see the same. */
  #keyOfStanding({ user_id, role_ids, bot }: Member): string {
    const is_owner = user_id === this.#server.owner_id;
    const own = is_owner || this.#sights().singlesOut(user_id) ? `user ${user_id} ` : "";
    const key = own + [...role_ids].sort((one, other) => one - other).join();
    return bot ? `${key} bot ${bot.rules} of ${bot.owner && this.#keyOfStanding(bot.owner)}` : key;
  }

  /** Whether somewhere an overwrite is for this user alone. */
  singlesOut(user_id: number): boolean {
    return this.#sights().singlesOut(user_id);
  }

  /** The roles whose holders can view a channel by that role alone, of all channels; it stays as it is. */
  get viewing(): ViewingRoles {
    this.#viewing ??= new ViewingRoles(this.roles(), (role) => this.#sightOfHolder(role));
    return this.#viewing;
  }

  /**
   * Of a place, those that anybody knows of. Its list keeps those for roles that are gone, which hold for nobody, until it
   * is set anew: so no list is written for it when a role goes.
   */
  overwritesOf({ overwrites }: Category | Channel): readonly Overwrite[] {
    return this.viewing.withoutGone(overwrites);
  }

  /** What is seen by who has this role and no other. */
  #sightOfHolder(role: ServerRole): Sight {
    const known = this.#seen_by_role.get(role.id);
    if (known) return known;
    const roles = role.id === this.#server.default_role_id ? [] : [role];
    const sight = this.#sights().sightOf({ user_id: 0, is_owner: false, roles }, this.defaultRole);
    this.#seen_by_role.set(role.id, sight);
    return sight;
  }

  apply(changes: StructureChanges): void {
    const rules_differ = this.#changesRules(changes);
    const before = this.#touched(changes);
    if (changes.server) this.#server = changes.server;
    for (const role of changes.roles ?? []) this.#roles.set(role.id, role);
    for (const { id } of changes.deleted_roles ?? []) this.#roles.delete(id);
    for (const category of changes.categories ?? []) this.#categories.set(category.id, category);
    for (const { id } of changes.deleted_categories ?? []) this.#categories.delete(id);
    for (const channel of changes.channels ?? []) this.#channels.set(channel.id, channel);
    for (const { id } of changes.deleted_channels ?? []) this.#channels.delete(id);
    const roles_differ = (changes.roles?.length ?? 0) + (changes.deleted_roles?.length ?? 0) > 0;
    this.#forget({ rules_differ, roles_differ, sights_differ: this.#followPlaces(before) });
    if (before.size > 0) this.#order = null;
  }

  #changesRules({ roles = [], deleted_roles = [], server }: StructureChanges): boolean {
    return (
      deleted_roles.length > 0 ||
      roles.some(({ id, rules }) => this.#roles.get(id)?.rules !== rules) ||
      (server !== undefined && server.owner_id !== this.#server.owner_id)
    );
  }

  /** The places that the changes touch, as they stand. */
  #touched(changes: StructureChanges): ReadonlyMap<number, Category | Channel | undefined> {
    const { categories, deleted_categories, channels, deleted_channels } = changes;
    const touched = [categories, deleted_categories, channels, deleted_channels].flatMap((list) => list ?? []);
    return new Map(touched.map(({ id }) => [id, this.place(id)]));
  }

  /** Brings the index up to date; whether anybody may see otherwise for it. */
  #followPlaces(before: ReadonlyMap<number, Category | Channel | undefined>): boolean {
    // Nobody has asked what they see.
    if (!this.#index) return false;
    const index = this.#index.after([...before].map(([id, was]) => ({ was, is: this.place(id) })));
    if (index === this.#index) return false;
    this.#index = isSparse(index.places) ? null : index;
    return true;
  }

  /** Lets go of what follows from what has changed, and of nothing else. */
  #forget(changed: { rules_differ: boolean; roles_differ: boolean; sights_differ: boolean }): void {
    if (changed.rules_differ || changed.sights_differ) {
      this.#seen = new WeakMap();
      this.#seen_by_standing.clear();
      this.#seen_by_role.clear();
    }
    if (changed.roles_differ || changed.sights_differ) this.#viewing = null;
    if (changed.roles_differ) this.#roles_in_order = null;
  }

  #categoryOverwrites({ category_id }: Channel): readonly Overwrite[] {
    return category_id === null ? [] : (this.#categories.get(category_id)?.overwrites ?? []);
  }

  #sights(): SightIndex {
    this.#index ??= SightIndex.of(this.#categories.values(), this.#channels.values());
    return this.#index;
  }

  #ordered(): Order {
    this.#order ??= inOrder(this.#categories.values(), this.#channels.values());
    return this.#order;
  }
}

/** Places in the order in which they are shown. */
interface Order {
  readonly categories: readonly Category[];
  readonly channels: readonly Channel[];
  readonly inside: ReadonlyMap<number | null, readonly Channel[]>;
}

function inOrder(categories: Iterable<Category>, channels: Iterable<Channel>): Order {
  const all = [...channels].sort(byPosition);
  return {
    categories: [...categories].sort(byPosition),
    channels: all,
    inside: Map.groupBy(all, ({ category_id }) => category_id),
  };
}

function byPosition(one: { position: number; id: number }, other: { position: number; id: number }): number {
  return one.position - other.position || one.id - other.id;
}
