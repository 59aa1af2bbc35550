// A server's structure in memory, and every question about it: who may view what, who outranks whom. It answers from
// what is committed; it changes only by `apply`, after a commit. It does no I/O and knows no sessions.

import { isDeepStrictEqual } from "node:util";
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
import { growingCache } from "../growing-cache.ts";
import { type Sight, SightIndex } from "./sight.ts";
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
  #last_index: SightIndex | null = null;
  #viewing: ViewingRoles | null = null;
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
    return this.#ordered().roles;
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
    return { user_id: member.user_id, is_owner: member.user_id === this.#server.owner_id, roles };
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
    const is_owner = member.user_id === this.#server.owner_id;
    const own = is_owner || this.#sights().singlesOut(member.user_id) ? `user ${member.user_id} ` : "";
    const key = own + [...member.role_ids].sort((one, other) => one - other).join();
    const sight = this.#seen_by_standing.get(key) ?? this.#sights().sightOf(this.standing(member), this.defaultRole);
    this.#seen_by_standing.set(key, sight);
    this.#seen.set(member, sight);
    return sight;
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
    this.#forget(changes);
    if (changes.server) this.#server = changes.server;
    for (const role of changes.roles ?? []) this.#roles.set(role.id, role);
    for (const { id } of changes.deleted_roles ?? []) this.#roles.delete(id);
    for (const category of changes.categories ?? []) this.#categories.set(category.id, category);
    for (const { id } of changes.deleted_categories ?? []) this.#categories.delete(id);
    for (const channel of changes.channels ?? []) this.#channels.set(channel.id, channel);
    for (const { id } of changes.deleted_channels ?? []) this.#channels.delete(id);
  }

  /** Lets go of what follows from what these change, and of nothing else. */
  #forget(changes: StructureChanges): void {
    const { roles = [], deleted_roles = [], categories = [], channels = [], server } = changes;
    const gone = [changes.deleted_categories, changes.deleted_channels].some((deleted) => (deleted?.length ?? 0) > 0);
    const places_differ =
      gone ||
      categories.some(({ id, overwrites }) => !isSame(overwrites, this.#categories.get(id)?.overwrites)) ||
      channels.some((channel) => {
        const standing = this.#channels.get(channel.id);
        return standing?.category_id !== channel.category_id || !isSame(channel.overwrites, standing.overwrites);
      });
    const rules_differ =
      deleted_roles.length > 0 ||
      roles.some(({ id, rules }) => this.#roles.get(id)?.rules !== rules) ||
      (server !== undefined && server.owner_id !== this.#server.owner_id);
    if (places_differ) {
      this.#last_index = this.#index ?? this.#last_index;
      this.#index = null;
    }
    if (places_differ || rules_differ) {
      this.#seen = new WeakMap();
      this.#seen_by_standing.clear();
      this.#seen_by_role.clear();
    }
    if (places_differ || roles.length + deleted_roles.length > 0) this.#viewing = null;
    if (gone || roles.length + deleted_roles.length + categories.length + channels.length > 0) this.#order = null;
  }

  #categoryOverwrites({ category_id }: Channel): readonly Overwrite[] {
    return category_id === null ? [] : (this.#categories.get(category_id)?.overwrites ?? []);
  }

  #sights(): SightIndex {
    this.#index ??= new SightIndex(this.#categories.values(), this.#channels.values(), this.#last_index);
    this.#last_index = null;
    return this.#index;
  }

  #ordered(): Order {
    this.#order ??= inOrder(this.#roles.values(), this.#categories.values(), this.#channels.values());
    return this.#order;
  }
}

/** Everything in the order in which it is shown. */
interface Order {
  readonly roles: readonly ServerRole[];
  readonly categories: readonly Category[];
  readonly channels: readonly Channel[];
  readonly inside: ReadonlyMap<number | null, readonly Channel[]>;
}

function inOrder(roles: Iterable<ServerRole>, categories: Iterable<Category>, channels: Iterable<Channel>): Order {
  const all = [...channels].sort(byPosition);
  return {
    roles: [...roles].sort((one, other) => other.position - one.position || one.id - other.id),
    categories: [...categories].sort(byPosition),
    channels: all,
    inside: Map.groupBy(all, ({ category_id }) => category_id),
  };
}

function byPosition(one: { position: number; id: number }, other: { position: number; id: number }): number {
  return one.position - other.position || one.id - other.id;
}

/** Whether they are the same lists, or of the same text: an untouched list is passed on as it is. */
function isSame(one: readonly Overwrite[], other: readonly Overwrite[] | undefined): boolean {
  return one === other || isDeepStrictEqual(one, other);
}
