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
import { growingCache } from "../growing-cache.ts";

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

interface Visible {
  readonly channels: ReadonlySet<number>;
  readonly places: ReadonlySet<number>;
}

export class Structure {
  #server: Server;
  readonly #roles: Map<number, ServerRole>;
  readonly #categories: Map<number, Category>;
  readonly #channels: Map<number, Channel>;
  /** What is visible, by standing, until the structure changes: one member can have any number of them in turn. */
  readonly #visible = growingCache<string, Visible>(limits.standings_cached);
  /** Users with an overwrite of their own somewhere. */
  #singled_out = new Set<number>();

  constructor({ server, roles, categories, channels }: ServerStructure) {
    const byId = <Thing extends { id: number }>(things: readonly Thing[]) => new Map(things.map((t) => [t.id, t]));
    this.#server = server;
    this.#roles = byId(roles);
    this.#categories = byId(categories);
    this.#channels = byId(channels);
    this.#changed();
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
  roles(): ServerRole[] {
    return [...this.#roles.values()].sort((one, other) => other.position - one.position || one.id - other.id);
  }

  /** In display order. */
  categories(): Category[] {
    return [...this.#categories.values()].sort(byPosition);
  }

  /** In display order; `category_id` null for those outside any. */
  channels(category_id?: number | null): Channel[] {
    const all = [...this.#channels.values()].sort(byPosition);
    return category_id === undefined ? all : all.filter((channel) => channel.category_id === category_id);
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
    return this.#visibleTo(member).channels;
  }

  /**
   * The ids of the categories, and then the channels, that the member may know of. A category is hidden where neither
   * its own overwrites leave `view_channel` nor those of a channel in it.
   */
  placesVisibleTo(member: Member): ReadonlySet<number> {
    return this.#visibleTo(member).places;
  }

  #visibleTo(member: Member): Visible {
    const is_owner = member.user_id === this.#server.owner_id;
    const own = is_owner || this.#singled_out.has(member.user_id) ? `user ${member.user_id} ` : "";
    const key = own + [...member.role_ids].sort((one, other) => one - other).join();
    const known = this.#visible.get(key);
    if (known) return known;
    const channels = [...this.#channels.values()].filter((channel) => this.mayIn(member, channel, "view_channel"));
    const inhabited = new Set(channels.map(({ category_id }) => category_id));
    const categories = [...this.#categories.values()].filter((category) => {
      return inhabited.has(category.id) || hasRule(this.rulesInCategory(member, category), "view_channel");
    });
    const ids = (places: readonly { id: number }[]) => new Set(places.map(({ id }) => id));
    const visible = { channels: ids(channels), places: ids([...categories, ...channels]) };
    this.#visible.set(key, visible);
    return visible;
  }

  /** The roles whose holders can view the channel by that role alone, top first. */
  viewingRoles(channel: Channel): ServerRole[] {
    return this.roles().filter((role) => {
      const roles = role.id === this.#server.default_role_id ? [] : [role];
      const holder: MemberStanding = { user_id: 0, is_owner: false, roles };
      const rules = channelRules(holder, this.defaultRole, this.#categoryOverwrites(channel), channel.overwrites);
      return hasRule(rules, "view_channel");
    });
  }

  apply(changes: StructureChanges): void {
    if (changes.server) this.#server = changes.server;
    for (const role of changes.roles ?? []) this.#roles.set(role.id, role);
    for (const { id } of changes.deleted_roles ?? []) this.#roles.delete(id);
    for (const category of changes.categories ?? []) this.#categories.set(category.id, category);
    for (const { id } of changes.deleted_categories ?? []) this.#categories.delete(id);
    for (const channel of changes.channels ?? []) this.#channels.set(channel.id, channel);
    for (const { id } of changes.deleted_channels ?? []) this.#channels.delete(id);
    this.#changed();
  }

  #categoryOverwrites({ category_id }: Channel): readonly Overwrite[] {
    return category_id === null ? [] : (this.#categories.get(category_id)?.overwrites ?? []);
  }

  #changed(): void {
    this.#visible.clear();
    const overwrites = [...this.#categories.values(), ...this.#channels.values()].flatMap((place) => place.overwrites);
    this.#singled_out = new Set(overwrites.flatMap((overwrite) => ("user_id" in overwrite ? overwrite.user_id : [])));
  }
}

function byPosition(one: { position: number; id: number }, other: { position: number; id: number }): number {
  return one.position - other.position || one.id - other.id;
}
