// Who has loaded whom: it alone subscribes sessions to `user:<id>`, and the gateway keeps which. When two people may no
// longer have anything in common, it has that looked up, one person at a time, and ends what each has loaded of the
// other. It hears of every way in which people part, so that nobody watches a stranger.

import type { Sight } from "../../db/queries/profiles.ts";
import { limits } from "../../domain/limits.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import { Recent } from "./recent.ts";

export interface WatchingDependencies {
  gateway: Gateway;
  /** Who may watch whom, between the user and these. */
  sightBetween(user_id: number, ids: readonly number[]): Promise<Sight>;
  /** Told of the end of a look-up; calls `checked`, in the registry's turn. `sight` is null when it failed. */
  onChecked(sight: Sight | null): void;
  sessionsOf(user_id: number): Iterable<SessionId>;
  topics_per_session: number;
  clock(): number;
}

/** A user who lost something that others had in common with them; with `from`, only with that one. */
export interface Separation {
  user_id: number;
  from: number | null;
}

interface Check extends Separation {
  others: number[];
}

export class Watching {
  readonly #on: WatchingDependencies;
  /** By session: its user. */
  readonly #users = new Map<SessionId, number>();
  /** Those of whom somebody may have read, just before, that they have something in common. */
  readonly #separated: Recent<true>;
  readonly #waiting = new Map<string, Separation>();
  #check: Check | null = null;
  /** By session and user: what was loaded since the look-up under way began, of which it says nothing. */
  readonly #since = new Set<string>();
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(on: WatchingDependencies) {
    this.#on = on;
    this.#separated = new Recent(limits.request_deadline_ms, on.clock);
  }

  enter(session: SessionId, user_id: number): void {
    this.#users.set(session, user_id);
  }

  leave(session: SessionId): void {
    this.#users.delete(session);
  }

  /**
   * Subscribes the session to the users; returns those for whom it has no room. A session that has room for one has it
   * for all, as the answer to a list doesn't say of whom it won't hear.
   */
  watch(session: SessionId, user_ids: readonly number[]): number[] {
    const watching = this.#users.get(session);
    if (watching === undefined) return [];
    const { gateway, topics_per_session } = this.#on;
    const has_room = gateway.subscriptions(session) < topics_per_session;
    const hasRoomFor = (user_id: number) => has_room || gateway.isSubscribed(session, `user:${user_id}`);
    for (const user_id of user_ids) if (hasRoomFor(user_id)) this.#watchOne(session, watching, user_id);
    if (this.#separated.of(watching)) this.#lookUp({ user_id: watching, from: null });
    return user_ids.filter((user_id) => !hasRoomFor(user_id));
  }

  unwatch(session: SessionId, user_ids: Iterable<number>): void {
    for (const user_id of user_ids) this.#on.gateway.unsubscribe(session, `user:${user_id}`);
  }

  /** Nobody hears of the user any more. */
  hide(user_id: number): void {
    for (const session of this.#on.gateway.subscribers(`user:${user_id}`)) this.unwatch(session, [user_id]);
  }

  separated(separation: Separation): void {
    this.#separated.note(separation.user_id, true);
    this.#lookUp(separation);
  }

  /** The end of the look-up under way. */
  checked(sight: Sight | null): void {
    const check = this.#check;
    this.#check = null;
    if (!check) return;
    const { user_id, others } = check;
    const [sees, seen_by] = [new Set(sight?.sees ?? others), new Set(sight?.seen_by ?? others)];
    for (const other of others) if (!sees.has(other)) this.#end(user_id, other);
    for (const other of others) if (!seen_by.has(other)) this.#end(other, user_id);
    this.#since.clear();
    if (sight) return this.#next();
    this.#wait(check);
    this.#retry = setTimeout(() => this.#next(), limits.watching_retry_ms);
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#waiting.clear();
  }

  #watchOne(session: SessionId, watching: number, user_id: number): void {
    if (this.#check) this.#since.add(`${session} ${user_id}`);
    this.#on.gateway.subscribe(session, `user:${user_id}`);
    if (this.#separated.of(user_id)) this.#lookUp({ user_id, from: watching });
  }

  #lookUp(separation: Separation): void {
    this.#wait(separation);
    this.#next();
  }

  #wait({ user_id, from }: Separation): void {
    this.#waiting.set(`${user_id} ${from}`, { user_id, from });
  }

  /** Begins the next look-up, unless one is under way. One at a time, so that they don't hold up other reads. */
  #next(): void {
    for (const [key, { user_id, from }] of this.#waiting) {
      if (this.#check) return;
      this.#waiting.delete(key);
      const others = this.#acquaintances(user_id).filter((other) => from === null || other === from);
      if (others.length === 0) continue;
      this.#check = { user_id, from, others };
      this.#on.sightBetween(user_id, others).then(this.#on.onChecked, () => this.#on.onChecked(null));
    }
  }

  /** Those whom the user watches, or who watch the user. */
  #acquaintances(user_id: number): number[] {
    const { gateway } = this.#on;
    const watching = gateway.subscribers(`user:${user_id}`).map((session) => this.#users.get(session));
    const watched = [...this.#on.sessionsOf(user_id)].flatMap((session) =>
      [...gateway.people(session)].filter((other) => gateway.isSubscribed(session, `user:${other}`)),
    );
    const others = new Set([...watched, ...watching.flatMap((id) => id ?? [])]);
    others.delete(user_id);
    return [...others];
  }

  /** Ends what one has loaded of the other, but for what was loaded since the look-up began. */
  #end(one: number, other: number): void {
    for (const session of this.#on.sessionsOf(one)) {
      if (!this.#since.has(`${session} ${other}`)) this.unwatch(session, [other]);
    }
  }
}
