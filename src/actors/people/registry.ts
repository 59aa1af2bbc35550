// What the presence registry does: it keeps the roll of those who are here, and tells whoever may hear of it what changes.
// All its methods run in the registry's turn and return at once. What they tell is in the order in which it came to be.

import { monotonic } from "../../clock.ts";
import type { ManyPeople } from "../../db/queries/many-people.ts";
import type { Sight, StoredProfile } from "../../db/queries/profiles.ts";
import type { ReadSelf } from "../../db/queries/self-topics.ts";
import { type IdGenerator, nodeOfId } from "../../domain/ids.ts";
import { type Bounds, limits } from "../../domain/limits.ts";
import type { LastSeen, Person } from "../../domain/presence.ts";
import { SmallSet } from "../../domain/small.ts";
import type { Actors } from "../calls.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import { Later } from "../kernel/later.ts";
import type { Slices } from "../kernel/slices.ts";
import { Blindness } from "./blindness.ts";
import type { HeardSession, PresenceCalls, Standing } from "./calls.ts";
import { Connections } from "./connections.ts";
import { Game } from "./game.ts";
import { LastOnline } from "./last-online.ts";
import { PeopleNews } from "./people-news.ts";
import { type Entry, Roll } from "./roll.ts";
import { SelfTopics } from "./self-topics.ts";
import { UserTopics } from "./user-topics.ts";
import { Watching } from "./watching.ts";

export interface PresenceDependencies {
  actors: Actors;
  gateway: Gateway;
  ids: IdGenerator;
  grace_ms: number;
  /** People who left together lapse together: a few in each slice of the event loop's time. */
  slices: Slices;
  bounds: Pick<Bounds, "sessions_per_user" | "topics_per_session">;
  /** Told how many users others see online, whenever that changes. */
  onCount(online: number): void;
  /** Stores when these were last online; settles when it is durable. */
  saveLastOnline(seen: readonly LastSeen[]): Promise<unknown>;
  /** Who may watch whom, between the user and these. */
  sightBetween(user_id: number, ids: readonly number[]): Promise<Sight>;
  /** What changed in the user's own topic after `since`; `limit` at most of each kind. */
  selfSince(user_id: number, since: number, limit: number): Promise<ReadSelf>;
  /** The profile as stored; null when there is nobody. */
  profile(user_id: number): Promise<StoredProfile | null>;
  /** Told how somebody stands, whenever that changes, where another process may have to go on with it. */
  onStanding: ((standing: Standing) => void) | null;
  manyPeople: Omit<ManyPeople, "goodLogins">;
  /** What was stored and answered may not have been hinted at yet. */
  hints_lag: boolean;
  /** What ended before this `seq` may have left no tombstone. */
  compactedTo(): number;
  clock(): number;
}

export class PresenceRegistry {
  readonly watching: Watching;
  readonly self_topics: SelfTopics;
  readonly user_topics: UserTopics;
  readonly news: PeopleNews;
  readonly later = new Later();
  readonly connections: Connections;
  readonly roll = new Roll((user_id) => this.user_topics.toldLately(user_id)?.name);
  readonly blindness = new Blindness((user_id) => this.roll.countSessions(user_id) > 0, monotonic);
  readonly #on: PresenceDependencies;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  readonly #last_online: LastOnline;
  #has_ended = false;

  constructor(on: PresenceDependencies) {
    this.#on = on;
    this.connections = new Connections(on, this.roll);
    this.#last_online = new LastOnline({ ...on, here: () => this.roll.here() });
    this.user_topics = new UserTopics({ ...on, blindness: this.blindness, clock: monotonic });
    this.news = new PeopleNews({ ...on, roll: this.roll, user_topics: this.user_topics });
    this.self_topics = new SelfTopics({
      ...{ later: this.later, clock: monotonic },
      read: (user_id, since) => this.#readSelf(user_id, since),
    });
    this.watching = new Watching({
      gateway: on.gateway,
      sightBetween: on.sightBetween,
      onChecked: (sight) => this.tellSelf("checked", { sight }),
      sessionsOf: (user_id) => this.roll.sessionsOf(user_id),
      topics_per_session: on.bounds.topics_per_session,
      clock: monotonic,
    });
  }

  /** `seq` is that of the profile of which `user` is a part. */
  entryFor(user: Person, seq: number): Entry {
    const known = this.roll.entries.get(user.id);
    if (known) return known;
    const told = this.user_topics.toldLately(user.id);
    const person = told && told.seq > seq ? { ...user, name: told.name, status: told.status } : user;
    return { person, sessions: new SmallSet(), inactive: null, game: null, revision: 0, left_ms: null };
  }

  /** It was let in before it read who it is, here or where another registry ended, and hasn't gone since. */
  isExpected(user_id: number, session: SessionId): boolean {
    return this.connections.isAdmitted(session) || (this.roll.entries.get(user_id)?.sessions.has(session) ?? false);
  }

  /** `self_seq` is how far the user's own topic was stored when they were read; `owner_id` whose bot it is. */
  open(entry: Entry, session: SessionId, self_seq: number, owner_id: number | null): void {
    const id = entry.person.id;
    const before = this.roll.look(id);
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    if (!this.roll.entries.has(id)) this.self_topics.begin(id, self_seq);
    this.roll.entries.set(id, entry);
    this.connections.settled(session);
    this.#enter(entry, session, owner_id);
    entry.left_ms = null;
    entry.game?.opened(session, entry.sessions, monotonic());
    this.#on.gateway.subscribe(session, `self:${id}`, this.self_topics.told(id));
    if (before.status === "offline") {
      const now_ms = this.#on.clock();
      this.#last_online.came(touched(entry, now_ms), now_ms);
    }
    this.news.announce(entry.person, before);
  }

  close(user_id: number, session: SessionId): void {
    this.connections.settled(session);
    this.watching.leave(session);
    const entry = this.roll.entries.get(user_id);
    if (!entry?.sessions.delete(session)) return;
    entry.inactive?.delete(session);
    this.blindness.leave(session, entry.sessions.size === 0);
    if (entry.sessions.size > 0) return this.#leaveGame(entry, session);
    this.#leave(entry);
  }

  #leave(entry: Entry): void {
    const { id: user_id } = entry.person;
    const left_ms = this.#on.clock();
    entry.left_ms = left_ms;
    const lapse = () => this.#on.slices.run(() => this.tellSelf("lapse", { user_id, left_ms }));
    this.#timers.set(user_id, setTimeout(lapse, this.#on.grace_ms));
  }

  /**
   * Goes on with somebody where another registry ended; nobody is told of that. `stored`: how far their own topic is
   * stored, which is what who comes later has to have heard where nobody is here. `owner_id`: whose bot it is.
   */
  inherit(
    { person, game }: Standing,
    sessions: readonly HeardSession[],
    { stored, owner_id }: { stored: number; owner_id: number | null },
  ): void {
    const { id } = person;
    const playing = game && new Game(game.app, game.player);
    // None that was read before is the same.
    const revision = this.#on.ids.next();
    const entry: Entry = { person, sessions: new SmallSet(), game: playing, inactive: null, revision, left_ms: null };
    this.roll.entries.set(id, entry);
    const told = sessions.length === 0 ? stored : Math.max(...sessions.map(({ told }) => told));
    this.self_topics.begin(id, told);
    for (const { session, is_active } of sessions) {
      this.#enter(entry, session, owner_id);
      if (!is_active) this.setActive(id, session, false);
    }
    if (this.roll.look(id).status !== "offline") this.news.friends.countOne();
    if (sessions.length === 0) this.#leave(entry);
    else if (game && !entry.sessions.has(game.player)) this.#leaveGame(entry, game.player);
  }

  get hasEnded(): boolean {
    return this.#has_ended;
  }

  /** To itself, in a turn to come; nothing once it has ended. Who goes on after it hears nothing of that. */
  tellSelf<Name extends keyof PresenceCalls>(call: Name, request: PresenceCalls[Name]["request"]): void {
    if (!this.#has_ended) this.#on.actors.tellHere("presence", call, request as never);
  }

  /** At that node are these sessions, opening or open, and no others: what else there was has ended. */
  keepAt(node: number, sessions: ReadonlySet<SessionId>): void {
    const hasGone = (session: SessionId) => nodeOfId(session) === node && !sessions.has(session);
    this.connections.keepAt(node, sessions);
    for (const [user_id, entry] of [...this.roll.entries]) {
      for (const session of [...entry.sessions].filter(hasGone)) this.close(user_id, session);
    }
  }

  /** Commit, then tell: that they left is stored before friends hear of it. */
  lapse(user_id: number, left_ms: number): void {
    const entry = this.roll.entries.get(user_id);
    if (entry?.left_ms !== left_ms) return;
    this.#timers.delete(user_id);
    this.#last_online.left(entry.person, left_ms, () => this.tellSelf("gone", { user_id, left_ms }));
  }

  gone(user_id: number, left_ms: number): void {
    const entry = this.roll.entries.get(user_id);
    if (entry?.left_ms !== left_ms) return;
    const before = this.roll.look(user_id);
    this.self_topics.end(user_id);
    const { person } = entry;
    const last_online = person.status === "invisible" ? person.last_online : Math.max(person.last_online, left_ms);
    this.roll.strike(user_id, last_online);
    this.news.announce({ ...person, last_online }, before);
  }

  /** A relation of the user's has changed; each of their sessions hears of a friend, and of nobody else. */
  relationChanged(user_id: number, peer: number, is_friend: boolean): void {
    const entry = this.roll.entries.get(user_id);
    if (!entry) return;
    entry.revision += 1;
    const change = is_friend ? "subscribe" : "unsubscribe";
    for (const session of entry.sessions) this.#on.gateway[change](session, `friends:${peer}`);
  }

  play(user_id: number, session: SessionId, app: string | null): void {
    const entry = this.roll.entries.get(user_id);
    if (!entry) return;
    if (app === null && !entry.game?.mayBeEndedBy(session, entry.sessions)) return;
    const before = this.roll.look(user_id);
    entry.game = app === null ? null : new Game(app, session);
    this.news.announce(entry.person, before);
  }

  /** Nobody came back in time to play on. */
  lapseGame(user_id: number, player: SessionId): void {
    if (this.roll.entries.get(user_id)?.game?.isPlayedBy(player)) this.play(user_id, player, null);
  }

  setActive(user_id: number, session: SessionId, active: boolean): void {
    const entry = this.roll.entries.get(user_id);
    if (!entry?.sessions.has(session)) return;
    if (active) entry.inactive?.delete(session);
    else entry.inactive = (entry.inactive ?? new SmallSet()).add(session);
  }

  count(): number {
    return this.news.friends.online;
  }

  async stop(): Promise<void> {
    this.#has_ended = true;
    this.watching.stop();
    this.later.stop();
    this.news.friends.end();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const now_ms = this.#on.clock();
    const people = [...this.roll.entries.values()].map((entry) => touched(entry, entry.left_ms ?? now_ms));
    await this.#last_online.stop(people);
  }

  #enter(entry: Entry, session: SessionId, owner_id: number | null): void {
    entry.sessions.add(session);
    this.watching.enter(session, entry.person.id);
    this.blindness.enter(session, entry.person.id, owner_id);
  }

  #leaveGame({ person, sessions, game }: Entry, player: SessionId): void {
    const { grace_ms } = this.#on;
    if (!game?.isPlayedBy(player) || game.isTakenOver(sessions, monotonic(), grace_ms)) return;
    this.later.run(grace_ms, () => this.tellSelf("lapse_game", { user_id: person.id, player }));
  }

  #readSelf(user_id: number, since: number): void {
    const { selfSince } = this.#on;
    const tell = (read: ReadSelf | null) => this.tellSelf("caught_up", { user_id, since, read });
    selfSince(user_id, since, limits.sync_changes + 1).then(tell, () => tell(null));
  }
}

/** The person, last seen at that time, unless they don't wish to be. */
function touched(entry: Entry, at_ms: number): Person {
  if (entry.person.status !== "invisible") entry.person = { ...entry.person, last_online: at_ms };
  return entry.person;
}
