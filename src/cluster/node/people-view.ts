// What a node knows of people without being their owner: how they stand, as the owner told it, and of its own sessions
// whose they are, how far each was told its user's own topic, and whether somebody sits before it. From this the next
// owner goes on. Must not tell anybody anything.

import type { Gateway, SessionId, Topic } from "../../actors/delivery/gateway.ts";
import type { Claiming, HeardSession, Standing } from "../../actors/people/calls.ts";
import { monotonic } from "../../clock.ts";
import { limits } from "../../domain/limits.ts";
import { type Person, type SeenPresence, seenPresence } from "../../domain/presence.ts";

/** A session with what it hears of: its user's own topic, and of whom as a friend and as a user. */
export interface ListedSession extends HeardSession {
  friends: readonly number[];
  users: readonly number[];
}

/** What a node knows that the owner may not. */
export interface Listing {
  sessions: readonly ListedSession[];
  opening: readonly Claiming[];
  /** Of the users of these sessions, and of whom something was told lately. */
  standings: readonly Standing[];
}

/** An event of somebody's own topic, as its frame begins. */
const own_event = /^\{"type":"[a-z_]+","topic":"self","seq":(\d+)/;

export class PeopleView {
  readonly #sockets: Gateway;
  readonly #here = new Map<number, { standing: Standing; noted_ms: number }>();
  /** Those who went lately, oldest first. */
  readonly #gone = new Map<number, { standing: Standing; noted_ms: number }>();
  readonly #sessions = new Map<SessionId, { user_id: number; told: number; is_active: boolean }>();
  readonly #opening = new Map<SessionId, number>();
  /** By user with a session here: how far all of these were told, and how many they are. */
  readonly #told = new Map<number, { seq: number; sessions: number }>();

  constructor(sockets: Gateway) {
    this.#sockets = sockets;
  }

  /** How those stand who are here. */
  get standings(): Standing[] {
    return [...this.#here.values()].map(({ standing }) => standing);
  }

  /** The same with those who went lately. */
  get known(): Standing[] {
    return [...this.#here.values(), ...this.#gone.values()].map(({ standing }) => standing);
  }

  /** What is older than what is known is passed over. */
  note(standing: Standing): void {
    const { id } = standing.person;
    const known = this.#here.get(id) ?? this.#gone.get(id);
    if (known && known.standing.version >= standing.version) return;
    const noted_ms = monotonic();
    this.#here.delete(id);
    this.#gone.delete(id);
    (standing.is_here ? this.#here : this.#gone).set(id, { standing, noted_ms });
    for (const [gone, { noted_ms: at_ms }] of this.#gone) {
      if (noted_ms - at_ms <= limits.people_lately_ms) return;
      this.#gone.delete(gone);
    }
  }

  /** What others know of them, too, of which the newest holds; returns those who looked otherwise here. */
  learn(standings: readonly Standing[]): Person[] {
    const before = new Map(this.#here);
    for (const standing of standings) this.note(standing);
    return this.#changedSince(before);
  }

  /** It is so from now on; returns those who looked otherwise. */
  replace(standings: readonly Standing[]): Person[] {
    const before = new Map(this.#here);
    this.#here.clear();
    for (const standing of standings) {
      const { id } = standing.person;
      this.#gone.delete(id);
      this.#here.set(id, { standing, noted_ms: before.get(id)?.noted_ms ?? monotonic() });
    }
    return this.#changedSince(before);
  }

  /** The session claims a login. */
  claimed({ session, user_id }: Claiming): void {
    this.#opening.set(session, user_id);
  }

  /** `told`: how far its user's own topic was told, where that is the topic. */
  subscribed(session: SessionId, topic: Topic, told: number): void {
    const user_id = ownerOf(topic);
    if (user_id === null || this.#sessions.has(session)) return;
    this.#opening.delete(session);
    this.#sessions.set(session, { user_id, told, is_active: true });
    const of_user = this.#told.get(user_id) ?? { seq: 0, sessions: 0 };
    this.#told.set(user_id, { ...of_user, sessions: of_user.sessions + 1 });
  }

  /** The session has said whether somebody sits before it. */
  active(session: SessionId, is_active: boolean): void {
    const known = this.#sessions.get(session);
    if (known) known.is_active = is_active;
  }

  /** A frame for all here who hear of the topic. */
  published(topic: Topic, frame: string): void {
    const told = this.#told.get(ownerOf(topic) ?? 0);
    if (told) told.seq = Math.max(told.seq, Number(own_event.exec(frame)?.[1] ?? 0));
  }

  /** The session has ended. */
  drop(session: SessionId): void {
    this.#opening.delete(session);
    const user_id = this.#sessions.get(session)?.user_id;
    this.#sessions.delete(session);
    const told = user_id === undefined ? undefined : this.#told.get(user_id);
    if (user_id === undefined || !told) return;
    told.sessions -= 1;
    if (told.sessions === 0) this.#told.delete(user_id);
  }

  list(): Listing {
    const since_ms = monotonic() - limits.people_lately_ms;
    const listed = [...this.#here.values(), ...this.#gone.values()].filter(
      ({ standing, noted_ms }) => noted_ms >= since_ms || this.#told.has(standing.person.id),
    );
    return {
      sessions: [...this.#sessions.keys()].map((session) => this.#listed(session)),
      opening: this.#opening
        .entries()
        .map(([session, user_id]) => ({ session, user_id }))
        .toArray(),
      standings: listed.map(({ standing }) => standing),
    };
  }

  #changedSince(before: ReadonlyMap<number, { standing: Standing }>): Person[] {
    const looksAsBefore = (standing: Standing) => {
      const known = before.get(standing.person.id);
      return known !== undefined && looksAlike(known.standing, standing);
    };
    const otherwise = this.standings.filter((standing) => !looksAsBefore(standing));
    const gone = [...before].flatMap(([id, { standing }]) =>
      this.#here.has(id) ? [] : (this.#gone.get(id)?.standing ?? standing),
    );
    return [...otherwise, ...gone].map(({ person }) => person);
  }

  #listed(session: SessionId): ListedSession {
    const { user_id = 0, told = 0, is_active = true } = this.#sessions.get(session) ?? {};
    const people = [...this.#sockets.people(session)];
    const hearsOf = (kind: "friends" | "user") =>
      people.filter((id) => this.#sockets.isSubscribed(session, `${kind}:${id}`));
    return {
      ...{ session, user_id, told: Math.max(told, this.#told.get(user_id)?.seq ?? 0), is_active },
      ...{ friends: hearsOf("friends"), users: hearsOf("user") },
    };
  }
}

/** The topics that it hears of. */
export function topicsOf({ user_id, friends, users }: ListedSession): Topic[] {
  return [`self:${user_id}`, ...friends.map((id): Topic => `friends:${id}`), ...users.map((id): Topic => `user:${id}`)];
}

function ownerOf(topic: Topic): number | null {
  return topic.startsWith("self:") ? Number(topic.slice("self:".length)) : null;
}

function looksAlike(one: Standing, other: Standing): boolean {
  const [before, after] = [seenOf(one), seenOf(other)];
  return one.person.name === other.person.name && before.status === after.status && before.playing === after.playing;
}

function seenOf({ person, game }: Standing): SeenPresence {
  return seenPresence({ connected: true, chosen: person.status, playing: game?.app ?? null });
}
