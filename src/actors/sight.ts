// Who has loaded whom: the sessions subscribed to `user:<id>`. When two people may no longer have anything in common,
// it has that looked up, one person at a time, and ends what each has loaded of the other. It hears of every way in
// which people part, so that nobody watches a stranger.

import { limits } from "../domain/limits.ts";
import { SmallMap, SmallSet } from "../domain/small.ts";
import type { Gateway, SessionId } from "./gateway.ts";
import { Recent } from "./recent.ts";

export interface SightDependencies {
  gateway: Gateway;
  /** Those of `ids` that share a server, a friendship or a request with the user. */
  relatedTo(user_id: number, ids: readonly number[]): Promise<number[]>;
  /** Told of the end of a look-up; calls `checked`, in the registry's turn. `related` is null when it failed. */
  onChecked(related: number[] | null): void;
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
  number: number;
}

interface Watch {
  user_id: number;
  /** By the user watched: the look-ups that had begun by then, which say nothing of it. */
  watched: SmallMap;
}

export class Sight {
  readonly #on: SightDependencies;
  readonly #watches = new Map<SessionId, Watch>();
  readonly #watchers = new Map<number, SmallSet>();
  /** Those of whom somebody may have read, just before, that they have something in common. */
  readonly #separated: Recent<true>;
  readonly #waiting = new Map<string, Separation>();
  #check: Check | null = null;
  #checks = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(on: SightDependencies) {
    this.#on = on;
    this.#separated = new Recent(limits.request_deadline_ms, on.clock);
  }

  enter(session: SessionId, user_id: number): void {
    this.#watches.set(session, { user_id, watched: new SmallMap() });
  }

  leave(session: SessionId): void {
    for (const user_id of this.#watches.get(session)?.watched.keys() ?? []) this.#removeWatcher(session, user_id);
    this.#watches.delete(session);
  }

  /** Subscribes the session to the users; returns those for whom it has no room. */
  watch(session: SessionId, user_ids: readonly number[]): number[] {
    const watch = this.#watches.get(session);
    if (!watch) return [];
    const left_out = user_ids.filter((user_id) => !this.#watchOne(session, watch, user_id));
    if (this.#separated.of(watch.user_id)) this.#lookUp({ user_id: watch.user_id, from: null });
    return left_out;
  }

  unwatch(session: SessionId, user_ids: Iterable<number>): void {
    for (const user_id of user_ids) {
      if (!this.#watches.get(session)?.watched.delete(user_id)) continue;
      this.#removeWatcher(session, user_id);
      this.#on.gateway.unsubscribe(session, `user:${user_id}`);
    }
  }

  /** Nobody hears of the user any more. */
  hide(user_id: number): void {
    for (const session of [...(this.#watchers.get(user_id) ?? [])]) this.unwatch(session, [user_id]);
  }

  separated(separation: Separation): void {
    this.#separated.note(separation.user_id, true);
    this.#lookUp(separation);
  }

  /** The end of the look-up under way. */
  checked(related: number[] | null): void {
    const check = this.#check;
    this.#check = null;
    if (!check) return;
    if (related === null) {
      this.#wait(check);
      this.#retry = setTimeout(() => this.#next(), limits.sight_retry_ms);
      return;
    }
    const still_related = new Set(related);
    for (const other of check.others) if (!still_related.has(other)) this.#part(check, other);
    this.#next();
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#waiting.clear();
  }

  #watchOne(session: SessionId, watch: Watch, user_id: number): boolean {
    if (!watch.watched.has(user_id) && watch.watched.size >= this.#on.topics_per_session) return false;
    watch.watched.set(user_id, this.#checks);
    const watchers = this.#watchers.get(user_id) ?? new SmallSet();
    this.#watchers.set(user_id, watchers.add(session));
    this.#on.gateway.subscribe(session, `user:${user_id}`);
    if (this.#separated.of(user_id)) this.#lookUp({ user_id, from: watch.user_id });
    return true;
  }

  #removeWatcher(session: SessionId, user_id: number): void {
    const watchers = this.#watchers.get(user_id);
    watchers?.delete(session);
    if (watchers?.size === 0) this.#watchers.delete(user_id);
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
      const others = this.#inSight(user_id).filter((other) => from === null || other === from);
      if (others.length === 0) continue;
      this.#checks += 1;
      this.#check = { user_id, from, others, number: this.#checks };
      this.#on.relatedTo(user_id, others).then(this.#on.onChecked, () => this.#on.onChecked(null));
    }
  }

  /** Those whom the user watches, or who watch the user. */
  #inSight(user_id: number): number[] {
    const watching = [...(this.#watchers.get(user_id) ?? [])].map((session) => this.#watches.get(session)?.user_id);
    const watched = [...this.#on.sessionsOf(user_id)].flatMap((session) => [
      ...(this.#watches.get(session)?.watched.keys() ?? []),
    ]);
    const others = new Set([...watched, ...watching.flatMap((id) => id ?? [])]);
    others.delete(user_id);
    return [...others];
  }

  /** Ends what the two have loaded of each other, but for what was loaded since the look-up began. */
  #part({ user_id, number }: Check, other: number): void {
    for (const [one, peer] of [
      [user_id, other],
      [other, user_id],
    ] as const) {
      for (const session of this.#on.sessionsOf(one)) {
        const watched_at = this.#watches.get(session)?.watched.get(peer);
        if (watched_at !== undefined && watched_at < number) this.unwatch(session, [peer]);
      }
    }
  }
}
