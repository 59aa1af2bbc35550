// The members that a room has in memory: those asked for lately, and always those with a subscribed session. Others are
// read from the database. It also remembers users who are known not to be members.

import type { Store } from "../../../db/store.ts";
import type { Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { SmallMap } from "../../../domain/small.ts";

export class Members {
  readonly #store: Pick<Store, "rooms">;
  readonly #server_id: number;
  /** Users who may not be forgotten. */
  readonly #held: () => Iterable<number>;
  /** In the order in which they were last asked for; null for who is known to be none. */
  readonly #entries = new SmallMap<Member | null>();

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
    const newer = this.#useUnlessKnown(user_id, member);
    if (this.#entries.size > limits.members_cached) this.#trim();
    return newer;
  }

  /** Those of the users who are members. Strangers aren't remembered. */
  async among(user_ids: readonly number[]): Promise<Member[]> {
    const unknown = user_ids.filter((id) => !this.#entries.has(id));
    const query = { server_id: this.#server_id, after: 0, limit: unknown.length, user_ids: unknown };
    const listed = unknown.length === 0 ? [] : await this.#store.rooms.members(query);
    for (const { user_id, nickname, role_ids, joined_at, timed_out_until, seq } of listed) {
      this.#useUnlessKnown(user_id, { user_id, nickname, role_ids, joined_at, timed_out_until, seq });
    }
    return user_ids.flatMap((id) => this.known(id) ?? []);
  }

  /** Takes what is committed in; null for who left. */
  put(user_id: number, member: Member | null): void {
    this.#entries.set(user_id, member);
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
    this.#entries.set(user_id, member);
    return member;
  }

  #trim(): void {
    const held = new Set(this.#held());
    for (const user_id of this.#entries.keys()) {
      if (this.#entries.size <= limits.members_cached / 2) return;
      if (!held.has(user_id)) this.#entries.delete(user_id);
    }
  }
}
