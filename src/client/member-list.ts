// The members of a server as a list that is shown: those who are here under their highest role, then all others, each by
// name. It stays in order whatever happens to them, and is put in order when it is looked at.

import type { Member, Role } from "../protocol/community/entities.ts";
import { type CachedServer, END } from "./cache.ts";
import type { Client } from "./client.ts";
import type { Readable } from "./options.ts";
import { DEFAULT_PAGE_LENGTH } from "./surroundings.ts";

export interface MemberGroup {
  /** The role by which they stand together; null of those who are here without one, and of those who aren't. */
  role: Readable<Role> | null;
  is_here: boolean;
  /** With their statuses as they are now. */
  members: readonly Readable<Member>[];
}

export class MemberList {
  readonly #client: Client;
  readonly #server_id: number;
  readonly #listeners = new Set<() => void>();
  readonly #end: () => void;
  readonly #collator: Intl.Collator;
  #groups: MemberGroup[] | null = null;

  /** `locales`: by whose alphabet names are ordered; the runtime's own when absent. */
  constructor(client: Client, server_id: number, locales?: string) {
    this.#client = client;
    this.#server_id = server_id;
    this.#collator = new Intl.Collator(locales, { sensitivity: "base" });
    this.#end = client.on("change", (changes) => {
      const concerns = changes.some(
        (change) =>
          ("server_id" in change && change.server_id === server_id && change.kind !== "channels") ||
          (change.kind === "user" && this.#server?.members.has(change.user_id)) ||
          change.kind === "servers",
      );
      if (!concerns) return;
      this.#groups = null;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  /** Those who are loaded; without groups in which nobody is. */
  get groups(): readonly MemberGroup[] {
    this.#groups ??= this.#grouped();
    return this.#groups;
  }

  /** All of them in the order in which they are shown. */
  get members(): readonly Readable<Member>[] {
    return this.groups.flatMap(({ members }) => members);
  }

  get is_whole(): boolean {
    return this.#server?.members_to === END;
  }

  /** Loads the next page; answers whether there are more. */
  async loadMore(amount = DEFAULT_PAGE_LENGTH): Promise<boolean> {
    if (this.is_whole) return false;
    const [server_id, anchor] = [this.#server_id, this.#server?.members_to ?? 0];
    const loads: Promise<unknown>[] = [this.#client.ask("get_server_members", { server_id, amount, anchor })];
    if (!this.#server?.roles) loads.push(this.#client.ask("get_server_roles", { server_id }));
    await Promise.all(loads);
    return !this.is_whole;
  }

  /** Loads all of them. */
  async load(): Promise<void> {
    for (let more = true, before = -1; more; ) {
      more = await this.loadMore();
      const to = this.#server?.members_to ?? END;
      // Of a server that is gone, no page gets any further.
      if (to <= before) return;
      before = to;
    }
  }

  /** Calls when it may have changed. */
  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#end();
    this.#listeners.clear();
  }

  get #server(): Readable<CachedServer> | undefined {
    return this.#client.cache.servers.get(this.#server_id);
  }

  #grouped(): MemberGroup[] {
    const roles = [...(this.#server?.roles?.values() ?? [])].filter(({ position }) => position > 0);
    const of_role = new Map(roles.map((role) => [role.id, [] as Readable<Member>[]]));
    const [here, away]: [Readable<Member>[], Readable<Member>[]] = [[], []];
    for (const member of this.#server?.members.values() ?? []) {
      const status = this.#client.cache.users.get(member.user_id)?.status ?? member.status;
      const shown = status === member.status ? member : { ...member, status };
      const highest = roles.find(({ id }) => member.roles.includes(id));
      if (status === "offline") away.push(shown);
      else (highest ? (of_role.get(highest.id) ?? here) : here).push(shown);
    }
    const groups: MemberGroup[] = [
      ...roles.map((role) => ({ role, is_here: true, members: this.#byName(of_role.get(role.id) ?? []) })),
      { role: null, is_here: true, members: this.#byName(here) },
      { role: null, is_here: false, members: this.#byName(away) },
    ];
    return groups.filter(({ members }) => members.length > 0);
  }

  #byName(members: Readable<Member>[]): readonly Readable<Member>[] {
    const shownName = ({ nickname, name }: Readable<Member>) => nickname ?? name;
    return members.sort(
      (one, other) => this.#collator.compare(shownName(one), shownName(other)) || one.user_id - other.user_id,
    );
  }
}
