// What the presence registry holds: who has which sessions, what they play, who follows whom. All its methods run in
// the registry's turn and return at once; what they publish is in the order in which it came to be.

import { isConnected, type Relation, type RelationPair } from "../../domain/friendship.ts";
import { type Bounds, limits } from "../../domain/limits.ts";
import {
  OFFLINE,
  type Person,
  presenceDiff,
  type SeenPresence,
  seenChanges,
  seenPresence,
} from "../../domain/presence.ts";
import type { Profile } from "../../domain/profile.ts";
import { SmallSet } from "../../domain/small.ts";
import { encodeEvent } from "../../protocol/community/events.ts";
import type { Friend } from "../../protocol/entities.ts";
import { encodePush } from "../../protocol/pushes.ts";
import type { Actors } from "../calls.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import type { OrderedTopics } from "../delivery/ordered-topics.ts";
import type { Slices } from "../kernel/slices.ts";
import { announcement, friendUpdate, friendView } from "./announcements.ts";
import { Recent } from "./recent.ts";
import { Sight } from "./watching.ts";

export interface PresenceDependencies {
  actors: Actors;
  gateway: Gateway;
  topics: OrderedTopics;
  grace_ms: number;
  /** Who left together lapses together: a few in each turn of the event loop. */
  slices: Slices;
  bounds: Pick<Bounds, "sessions_per_user" | "topics_per_session">;
  /** Told how many users others see online, whenever that changes. */
  onCount(online: number): void;
  /** Stores when a person was last online; settles when it is durable. */
  saveLastOnline(user_id: number, at_ms: number): Promise<void>;
  /** Those of `ids` that share a server, a friendship or a request with the user. */
  relatedTo(user_id: number, ids: readonly number[]): Promise<number[]>;
  clock(): number;
}

interface Entry {
  person: Person;
  sessions: SmallSet;
  playing: string | null;
  /** Grows with every change of the user's relations. */
  revision: number;
  /** When the last session closed, Unix milliseconds; null while there is one. */
  left_ms: number | null;
}

export class PresenceRegistry {
  readonly sight: Sight;
  readonly #on: PresenceDependencies;
  /** Connections that have claimed a login and are not open yet, with the user whose it is. */
  readonly #admitted = new Map<SessionId, number>();
  readonly #entries = new Map<number, Entry>();
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  readonly #profiles: Recent<Profile>;
  /** When those who are gone were last online, as told. */
  readonly #left: Recent<number>;
  /** Users whom others see online. */
  #online = 0;

  constructor(on: PresenceDependencies) {
    this.#on = on;
    this.#profiles = new Recent(limits.request_deadline_ms, on.clock);
    this.#left = new Recent(limits.request_deadline_ms, on.clock);
    this.sight = new Sight({
      gateway: on.gateway,
      relatedTo: on.relatedTo,
      onChecked: (related) => void on.actors.tell("presence", "checked", { related }),
      sessionsOf: (user_id) => this.#entries.get(user_id)?.sessions ?? [],
      topics_per_session: on.bounds.topics_per_session,
      clock: on.clock,
    });
  }

  admit(user_id: number, session: SessionId): void {
    this.#admitted.set(session, user_id);
  }

  /** `seq` is that of the profile of which `user` is a part. */
  entryFor(user: Person, seq: number): Entry {
    const known = this.#entries.get(user.id);
    if (known) return known;
    const told = this.#profiles.of(user.id);
    const person = told && told.seq > seq ? { ...user, name: told.name, status: told.status } : user;
    return { person, sessions: new SmallSet(), playing: null, revision: 0, left_ms: null };
  }

  open(entry: Entry, session: SessionId): void {
    const id = entry.person.id;
    const before = this.#seen(id);
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#entries.set(id, entry);
    this.#admitted.delete(session);
    entry.sessions.add(session);
    entry.left_ms = null;
    this.sight.enter(session, id);
    this.#on.gateway.subscribe(session, `self:${id}`);
    if (before.status === "offline") void this.#touch(entry, this.#on.clock());
    this.#announce(entry.person, before);
  }

  close(user_id: number, session: SessionId): void {
    this.#admitted.delete(session);
    this.sight.leave(session);
    const entry = this.#entries.get(user_id);
    if (!entry?.sessions.delete(session) || entry.sessions.size > 0) return;
    const left_ms = this.#on.clock();
    entry.left_ms = left_ms;
    const lapse = () => this.#on.slices.run(() => void this.#on.actors.tell("presence", "lapse", { user_id, left_ms }));
    this.#timers.set(user_id, setTimeout(lapse, this.#on.grace_ms));
  }

  /** Commit, then tell: that they left is stored before friends hear of it. */
  lapse(user_id: number, left_ms: number): void {
    const entry = this.#entries.get(user_id);
    if (entry?.left_ms !== left_ms) return;
    this.#timers.delete(user_id);
    const gone = () => void this.#on.actors.tell("presence", "gone", { user_id, left_ms });
    void this.#save(entry, left_ms).then(gone);
  }

  gone(user_id: number, left_ms: number): void {
    const entry = this.#entries.get(user_id);
    if (entry?.left_ms !== left_ms) return;
    const before = this.#seen(user_id);
    this.#entries.delete(user_id);
    const { person } = entry;
    const last_online = person.status === "invisible" ? person.last_online : Math.max(person.last_online, left_ms);
    this.#left.note(user_id, last_online);
    this.#announce({ ...person, last_online }, before);
  }

  /** The number of the user's last relation change since their first session. */
  revisionOf(user_id: number): number {
    return this.#entries.get(user_id)?.revision ?? 0;
  }

  /** The session hears from now on of the coming, going and playing of these friends. */
  follow(session: SessionId, friends: readonly number[]): void {
    for (const friend of friends) this.#on.gateway.subscribe(session, `friends:${friend}`);
  }

  relate(me: Person, peer: Person, was: RelationPair, now: RelationPair): void {
    this.#relateOne(me.id, peer, was.mine, now.mine);
    this.#relateOne(peer.id, me, was.theirs, now.theirs);
    if (isConnected(was) && !isConnected(now)) this.sight.separated({ user_id: me.id, from: peer.id });
  }

  /** The person's account has ended; `profile` is what is left of it. */
  part(user: Person, profile: Profile, peers: number[]): void {
    this.#profiles.note(user.id, profile);
    this.sight.hide(user.id);
    for (const peer of peers) {
      this.#changeRelation(peer, user.id, "none");
      this.#updateList(peer, user, "none");
    }
  }

  play(user_id: number, app: string | null): void {
    const entry = this.#entries.get(user_id);
    if (!entry) return;
    const before = this.#seen(user_id);
    entry.playing = app;
    this.#announce(entry.person, before);
  }

  /** Takes a stored profile over, and when the person was last online; returns how they looked before. */
  adopt(profile: Profile, last_online: number): SeenPresence {
    const { id, name, status } = profile;
    const before = this.#seen(id);
    this.#profiles.note(id, profile);
    const entry = this.#entries.get(id);
    if (entry) {
      const { person } = entry;
      entry.person = { id, name, status, last_online: Math.max(person.last_online, last_online) };
    }
    return before;
  }

  /** Tells what an adopted profile changed in how the person looks, and friends of another name. */
  tellAdopted({ id, name, status }: Profile, before: SeenPresence, renamed: boolean, last_online: number): void {
    const person = this.#entries.get(id)?.person ?? { id, name, status, last_online };
    const after = this.#seen(id);
    const came_or_went = (before.status === "offline") !== (after.status === "offline");
    this.#announce(person, before);
    if (renamed && !came_or_went) this.#on.gateway.publish(`friends:${id}`, friendUpdate(person, after));
  }

  /** How others see the user. */
  look(user_id: number): SeenPresence {
    return this.#seen(user_id);
  }

  /** Profiles of these users that were told lately: who read the database just before may have older ones. */
  toldLately(user_ids: readonly number[]): Profile[] {
    return user_ids.flatMap((user_id) => this.#profiles.of(user_id) ?? []);
  }

  /** The person's name as last told; `read` when it was read before. */
  nameOf({ id, name }: { id: number; name: string }): string {
    return this.#entries.get(id)?.person.name ?? this.#profiles.of(id)?.name ?? name;
  }

  canBeInvited(user_id: number): boolean {
    const entry = this.#entries.get(user_id);
    return entry !== undefined && entry.sessions.size > 0 && this.#seen(user_id).status !== "offline";
  }

  count(): number {
    return this.#online;
  }

  /** Each session knows its own login. */
  revoke(user_id: number, logins: number[] | null): void {
    const opening = [...this.#admitted].flatMap(([session, user]) => (user === user_id ? session : []));
    for (const session of [...opening, ...(this.#entries.get(user_id)?.sessions ?? [])]) {
      this.#on.actors.tell(`session:${session}`, "revoked", { logins });
    }
  }

  /** How somebody in the given relation sees the person: only friends see whether they are online. */
  describe(person: Person, relation: Relation): Friend {
    const type = listType(relation);
    const known = this.#entries.get(person.id)?.person ?? this.#asTold(person);
    return friendView(known, type, type === "friend" ? this.#seen(person.id) : OFFLINE);
  }

  async stop(): Promise<void> {
    this.sight.stop();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const now_ms = this.#on.clock();
    await Promise.all([...this.#entries.values()].map((entry) => this.#touch(entry, entry.left_ms ?? now_ms)));
  }

  /** A person who is not here, with what was told of them since they were read. */
  #asTold(person: Person): Person {
    const last_online = Math.max(person.last_online, this.#left.of(person.id) ?? 0);
    return { ...person, name: this.nameOf(person), last_online };
  }

  #relateOne(me: number, peer: Person, was: Relation, now: Relation): void {
    if (was === now) return;
    this.#changeRelation(me, peer.id, now);
    if (listType(was) !== listType(now)) this.#updateList(me, peer, now);
  }

  #changeRelation(me: number, peer: number, relation: Relation): void {
    const entry = this.#entries.get(me);
    if (!entry) return;
    entry.revision += 1;
    const change = relation === "friend" ? "subscribe" : "unsubscribe";
    for (const session of entry.sessions) this.#on.gateway[change](session, `friends:${peer}`);
  }

  #updateList(me: number, peer: Person, relation: Relation): void {
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
    if (entry.person.status !== "invisible") entry.person = { ...entry.person, last_online: at_ms };
    await this.#save(entry, at_ms);
  }

  async #save({ person }: Entry, at_ms: number): Promise<void> {
    if (person.status !== "invisible") await this.#on.saveLastOnline(person.id, at_ms).catch(() => {});
  }

  /** Tells friends, and whoever has loaded the person, how they look now. */
  #announce(person: Person, before: SeenPresence): void {
    const { id } = person;
    const after = this.#seen(id);
    this.#tellFriends(person, before, after);
    const changes = seenChanges(before, after);
    if (!changes) return;
    const place = this.#on.topics.reserve(`user:${id}`);
    place.publish(encodeEvent("user_changed", `user:${id}`, place.seq, { id, ...changes }));
  }

  #count(more: number): void {
    this.#online += more;
    this.#on.onCount(this.#online);
  }

  #tellFriends(person: Person, before: SeenPresence, after: SeenPresence): void {
    for (const change of presenceDiff(before, after)) {
      if (change === "came_online") this.#count(+1);
      if (change === "went_offline") this.#count(-1);
      for (const frame of announcement(change, person, after)) {
        this.#on.gateway.publish(`friends:${person.id}`, frame);
      }
    }
  }
}

/** The console's list knows no blocks. */
function listType(relation: Relation): Friend["type"] {
  return relation === "blocked" || relation === "blocked_by" ? "none" : relation;
}
