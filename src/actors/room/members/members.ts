// The members that a room has in memory: those asked for lately, and always those with a subscribed session. Others are
// read from the database. It also remembers users who are known not to be members. With each bot goes its owner as they
// are now, so that nobody asks what a bot may by who they were.

import type { Store } from "../../../db/store.ts";
import type { Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { SmallMap, SmallSet } from "../../../domain/small.ts";

export class Members {
  readonly #store: Pick<Store, "rooms">;
  readonly #server_id: number;
  /** Users who may not be forgotten. */
  readonly #held: () => Iterable<number>;
  /** In the order in which they were last asked for; null for who is known to be none. */
  readonly #entries = new SmallMap<Member | null>();
  /** Those of them that are bots. */
  readonly #bots = new SmallSet();

  constructor(store: Pick<Store, "rooms">, server_id: number, held: () => Iterable<number>) {
    this.#store = store;
    this.#server_id = server_id;
    this.#held = held;
  }

  known(user_id: number): Member | null {
    return this.#entries.get(user_id) ?? null;
  }

  async find(user_id: number): Promise<Member | null> {
    const known = this.#entries.get(user_id);
    if (known !== undefined) return this.#use(user_id, known);
    const member = await this.#store.rooms.member(this.#server_id, user_id);
    if (member?.bot) await this.find(member.bot.owner_id);
    const newer = this.#useUnlessKnown(user_id, member);
    if (this.#entries.size > limits.members_cached) this.#trim();
    return newer;
  }

  /** Those of the users who are members. Strangers aren't remembered. */
  async among(user_ids: readonly number[]): Promise<Member[]> {
    const unknown = user_ids.filter((id) => !this.#entries.has(id));
    const query = { server_id: this.#server_id, after: 0, limit: unknown.length, user_ids: unknown };
    const listed = unknown.length === 0 ? [] : await this.#store.rooms.members(query);
    const owner_ids = new Set(listed.flatMap(({ bot }) => bot?.owner_id ?? []));
    if (owner_ids.size > 0) await this.among([...owner_ids]);
    for (const { user_id, nickname, role_ids, joined_at, joined_seq, timed_out_until, bot, seq } of listed) {
      const member = { user_id, nickname, role_ids, joined_at, joined_seq, timed_out_until, bot, seq };
      this.#useUnlessKnown(user_id, member);
    }
    return user_ids.flatMap((id) => this.known(id) ?? []);
  }

  /** Takes what is committed in; null for who left. */
  put(user_id: number, member: Member | null): void {
    this.#set(user_id, member);
    for (const id of this.#bots) {
      const bot = this.known(id);
      if (bot?.bot?.owner_id === user_id) this.#set(id, withOwner(bot, member));
    }
  }

  /** Nobody has the role any more. */
  takeRole(role_id: number): void {
    for (const [user_id, member] of this.#entries.entries()) {
      if (!member?.role_ids.includes(role_id)) continue;
      this.put(user_id, { ...member, role_ids: member.role_ids.filter((id) => id !== role_id) });
    }
  }

  /** Takes in what was read, unless somebody else has loaded, or changed, the member meanwhile: theirs is newer. */
  #useUnlessKnown(user_id: number, read: Member | null): Member | null {
    const known = this.#entries.get(user_id);
    return this.#use(user_id, known === undefined ? read : known);
  }

  #use(user_id: number, member: Member | null): Member | null {
    this.#entries.delete(user_id);
    return this.#set(user_id, member);
  }

  #set(user_id: number, member: Member | null): Member | null {
    const current = member?.bot ? withOwner(member, this.known(member.bot.owner_id)) : member;
    this.#entries.set(user_id, current);
    if (current?.bot) this.#bots.add(user_id);
    else this.#bots.delete(user_id);
    return current;
  }

  #trim(): void {
    const held = new Set(this.#held());
    // Whose bot is known must be known as well: what becomes of them is told to nobody else.
    for (const id of this.#bots) held.add(this.known(id)?.bot?.owner_id ?? id);
    for (const user_id of this.#entries.keys()) {
      if (this.#entries.size <= limits.members_cached / 2) return;
      if (held.has(user_id)) continue;
      this.#entries.delete(user_id);
      this.#bots.delete(user_id);
    }
  }
}

function withOwner(bot: Member, owner: Member | null): Member {
  return bot.bot && bot.bot.owner !== owner ? { ...bot, bot: { ...bot.bot, owner } } : bot;
}
