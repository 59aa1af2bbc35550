// The presence registry: who has which sessions, what they play, and who is told. It alone sends `Friend` frames, so
// that what it answers and what it pushes can never cross. It asks nobody, and reads nothing from the database.

import type { Relation, RelationPair } from "../domain/friendship.ts";
import { limits } from "../domain/limits.ts";
import {
  OFFLINE,
  type Person,
  type PresenceChange,
  presenceDiff,
  type SeenPresence,
  seenPresence,
} from "../domain/presence.ts";
import type { Friend } from "../protocol/entities.ts";
import { failure, success } from "../protocol/outcome.ts";
import { encodePush } from "../protocol/pushes.ts";
import type { Actors } from "./addresses.ts";
import type { Gateway, SessionId } from "./gateway.ts";
import type { Actor, Call } from "./kernel/system.ts";

export interface RelatedPerson {
  peer: Person;
  relation: Relation;
}

export type PresenceCalls = {
  /** A connection claims a login: from now on it hears when that login is revoked. Nobody is told. */
  admit: Call<{ user_id: number; session: SessionId; login: number }>;
  /** A session has proved who it is. `limit_reached` when the user has too many. Answered before anybody is told. */
  open: Call<{ user: Person; session: SessionId }, { revision: number }>;
  close: Call<{ user_id: number; session: SessionId }>;
  /**
   * Turns relations read from the database into `Friend`s, and lets the session in `watch_with` follow the friends
   * among them. `stale` when the user's relations changed since `revision`: read again, with the revision given.
   */
  describe: Call<
    { user_id: number; revision: number; relations: RelatedPerson[]; watch_with: SessionId | null },
    { stale: true; revision: number } | { stale: false; friends: Friend[] }
  >;
  /** A relation has been changed and stored. Answers how `me` sees `peer`, then tells both. */
  relate: Call<{ me: Person; peer: Person; pair: RelationPair }, { friend: Friend }>;
  /** A person is gone for good, and from the lists of `peers`. */
  part: Call<{ user: Person; peers: number[] }>;
  play: Call<{ user_id: number; app: string | null }>;
  /** Hands `text` to the sessions of `to`; `offline` when they have none, or don't wish to be seen. */
  invite: Call<{ from: { id: number; name: string }; to: number; text: string }>;
  count: Call<null, { count: number }>;
  /** Logins died: their sockets close. `logins: null` means all of the user's. */
  revoke: Call<{ user_id: number; logins: number[] | null }>;
  /** To itself: the grace time is over; then: that they left is stored. */
  lapse: Call<{ user_id: number; left_ms: number }>;
  gone: Call<{ user_id: number; left_ms: number }>;
};

export interface PresenceDependencies {
  actors: Actors;
  gateway: Gateway;
  grace_ms: number;
  /** Stores when a person was last online; settles when it is durable. */
  saveLastOnline(user_id: number, at_ms: number): Promise<void>;
  clock(): number;
}

interface Entry {
  person: Person;
  sessions: Set<SessionId>;
  playing: string | null;
  /** Grows with every change of the user's relations. */
  revision: number;
  /** When the last session closed, Unix milliseconds; null while there is one. */
  left_ms: number | null;
}

export function presenceActor(dependencies: PresenceDependencies): Actor<PresenceCalls> {
  const registry = new PresenceRegistry(dependencies);
  return {
    receive: {
      admit: ({ user_id, session, login }) => registry.admit(user_id, session, login),
      open: ({ user, session }, reply) => {
        const entry = registry.entryFor(user);
        if (entry.sessions.size >= limits.sessions_per_user) {
          return reply(failure("limit_reached", "This user has too many sessions.", { limit: "sessions_per_user" }));
        }
        reply(success({ revision: entry.revision }));
        registry.open(entry, session);
      },
      close: ({ user_id, session }) => registry.close(user_id, session),
      describe: ({ user_id, revision, relations, watch_with }, reply) => {
        const current = registry.revisionOf(user_id);
        if (current !== revision) return reply(success({ stale: true, revision: current }));
        if (watch_with !== null) registry.watch(watch_with, relations);
        const friends = relations.map(({ peer, relation }) => registry.describe(peer, relation));
        reply(success({ stale: false, friends }));
      },
      relate: ({ me, peer, pair }, reply) => {
        reply(success({ friend: registry.describe(peer, pair.mine) }));
        registry.relate(me, peer, pair);
      },
      part: ({ user, peers }) => registry.part(user, peers),
      play: ({ user_id, app }, reply) => {
        registry.play(user_id, app);
        reply(success(null));
      },
      invite: ({ from, to, text }, reply) => {
        if (!registry.canBeInvited(to)) return reply(failure("offline", "They are not online."));
        reply(success(null));
        dependencies.gateway.publish(`self:${to}`, encodePush("watchParty", { text, from }));
      },
      count: (_, reply) => reply(success({ count: registry.count() })),
      revoke: ({ user_id, logins }) => registry.revoke(user_id, logins),
      lapse: ({ user_id, left_ms }) => registry.lapse(user_id, left_ms),
      gone: ({ user_id, left_ms }) => registry.gone(user_id, left_ms),
    },
    stop: () => registry.stop(),
  };
}

class PresenceRegistry {
  readonly #on: PresenceDependencies;
  /** By user: the login of each connection, from its claim to its close. */
  readonly #admitted = new Map<number, Map<SessionId, number>>();
  readonly #entries = new Map<number, Entry>();
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  /** Users whom others see online. */
  #online = 0;

  constructor(dependencies: PresenceDependencies) {
    this.#on = dependencies;
  }

  admit(user_id: number, session: SessionId, login: number): void {
    const sessions = this.#admitted.get(user_id) ?? new Map<SessionId, number>();
    this.#admitted.set(user_id, sessions.set(session, login));
  }

  entryFor(user: Person): Entry {
    const known = this.#entries.get(user.id);
    if (known) return known;
    return { person: user, sessions: new Set(), playing: null, revision: 0, left_ms: null };
  }

  open(entry: Entry, session: SessionId): void {
    const id = entry.person.id;
    const before = this.#seen(id);
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#entries.set(id, entry);
    entry.sessions.add(session);
    entry.left_ms = null;
    this.#on.gateway.subscribe(session, `self:${id}`);
    if (before.status === "offline") void this.#touch(entry, this.#on.clock());
    this.#announce(entry.person, before);
  }

  close(user_id: number, session: SessionId): void {
    const admitted = this.#admitted.get(user_id);
    admitted?.delete(session);
    if (admitted?.size === 0) this.#admitted.delete(user_id);
    const entry = this.#entries.get(user_id);
    if (!entry?.sessions.delete(session) || entry.sessions.size > 0) return;
    const left_ms = this.#on.clock();
    entry.left_ms = left_ms;
    const lapse = () => void this.#on.actors.tell("presence", "lapse", { user_id, left_ms });
    this.#timers.set(user_id, setTimeout(lapse, this.#on.grace_ms));
  }

  /** Commit, then tell: that they left is stored before friends hear of it. */
  lapse(user_id: number, left_ms: number): void {
    const entry = this.#entries.get(user_id);
    if (entry?.left_ms !== left_ms) return;
    this.#timers.delete(user_id);
    const gone = () => void this.#on.actors.tell("presence", "gone", { user_id, left_ms });
    void this.#touch(entry, left_ms).then(gone);
  }

  gone(user_id: number, left_ms: number): void {
    const entry = this.#entries.get(user_id);
    if (entry?.left_ms !== left_ms) return;
    const before = this.#seen(user_id);
    this.#entries.delete(user_id);
    this.#announce(entry.person, before);
  }

  /** The number of the user's last relation change since their first session. */
  revisionOf(user_id: number): number {
    return this.#entries.get(user_id)?.revision ?? 0;
  }

  watch(session: SessionId, relations: RelatedPerson[]): void {
    for (const { peer, relation } of relations) {
      if (relation === "friend") this.#on.gateway.subscribe(session, `friends:${peer.id}`);
    }
  }

  relate(me: Person, peer: Person, { mine, theirs }: RelationPair): void {
    this.#relateOne(me.id, peer, mine);
    this.#relateOne(peer.id, me, theirs);
  }

  part(user: Person, peers: number[]): void {
    for (const peer of peers) this.#relateOne(peer, user, "none");
  }

  play(user_id: number, app: string | null): void {
    const entry = this.#entries.get(user_id);
    if (!entry) return;
    const before = this.#seen(user_id);
    entry.playing = app;
    this.#announce(entry.person, before);
  }

  canBeInvited(user_id: number): boolean {
    const entry = this.#entries.get(user_id);
    return entry !== undefined && entry.sessions.size > 0 && this.#seen(user_id).status !== "offline";
  }

  count(): number {
    return this.#online;
  }

  revoke(user_id: number, logins: number[] | null): void {
    for (const [session, login] of this.#admitted.get(user_id) ?? []) {
      if (logins === null || logins.includes(login)) this.#on.actors.tell(`session:${session}`, "revoked", null);
    }
  }

  /** How somebody in the given relation sees the person: only friends see whether they are online. */
  describe(person: Person, relation: Relation): Friend {
    const entry = this.#entries.get(person.id);
    const type = relation === "blocked" ? "none" : relation;
    return friend(entry?.person ?? person, type, type === "friend" ? this.#seen(person.id) : OFFLINE);
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const now_ms = this.#on.clock();
    await Promise.all([...this.#entries.values()].map((entry) => this.#touch(entry, entry.left_ms ?? now_ms)));
  }

  #relateOne(me: number, peer: Person, relation: Relation): void {
    const entry = this.#entries.get(me);
    if (entry) {
      entry.revision += 1;
      const change = relation === "friend" ? "subscribe" : "unsubscribe";
      for (const session of entry.sessions) this.#on.gateway[change](session, `friends:${peer.id}`);
    }
    const data = this.describe(peer, relation);
    this.#on.gateway.publish(`self:${me}`, encodePush("friend-list-update", { data }));
  }

  #seen(user_id: number): SeenPresence {
    const entry = this.#entries.get(user_id);
    if (!entry) return OFFLINE;
    return seenPresence({ connected: true, chosen: entry.person.status, playing: entry.playing });
  }

  /** Notes when the person was last seen; those who wish not to be seen leave no trace. Never rejects. */
  async #touch(entry: Entry, at_ms: number): Promise<void> {
    if (entry.person.status === "invisible") return;
    entry.person = { ...entry.person, last_online: at_ms };
    await this.#on.saveLastOnline(entry.person.id, at_ms).catch(() => {});
  }

  #announce(person: Person, before: SeenPresence): void {
    const after = this.#seen(person.id);
    for (const change of presenceDiff(before, after)) {
      if (change === "came_online") this.#online += 1;
      if (change === "went_offline") this.#online -= 1;
      for (const frame of announcement(change, person, after)) {
        this.#on.gateway.publish(`friends:${person.id}`, frame);
      }
    }
  }
}

function announcement(change: PresenceChange, person: Person, seen: SeenPresence): string[] {
  const { id, name } = person;
  const update = () => encodePush("friend-list-update", { data: friend(person, "friend", seen) });
  switch (change) {
    case "came_online":
      return [encodePush("now-online", { data: { id, name } }), update()];
    case "went_offline":
      return [update()];
    case "playing": {
      const data = { title: "Now playing", description: `${name} is now playing ${seen.playing}.` };
      const now_playing = encodePush("now-playing", { data: { who: id, app: seen.playing ?? "" } });
      return [encodePush("message", { message: JSON.stringify(data), data }), now_playing];
    }
    case "stopped_playing":
      return [encodePush("now-playing", { data: { who: id, app: "" } })];
    case "status":
      return [];
  }
}

function friend(person: Person, type: Friend["type"], seen: SeenPresence): Friend {
  const { id, name } = person;
  const status = seen.status === "offline" ? 0 : 1;
  const lastOnline = new Date(person.last_online).toISOString();
  return { id, type, name, status, lastOnline, playing: seen.playing, data: { name, status, lastOnline } };
}
