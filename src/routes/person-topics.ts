// The topics about people, `self:`, `friends:` and `user:`. Each has few subscribers, and a session is subscribed to
// many of them, for which Bun's own topics would take four times the room; so they are kept here, in numbers.

import type { PersonTopic, SessionId, Topic } from "../actors/delivery/gateway.ts";
import { SmallMap, type SmallSet } from "../domain/small.ts";

/** By kind, its bit. */
const kinds = { self: 1, friends: 2, user: 4 } as const;
type Kind = keyof typeof kinds;

/** A session, and the people about whom it is subscribed to anything. */
export interface Subscriber {
  readonly session: SessionId;
  readonly people: SmallSet;
}

export function isOfPerson(topic: Topic): topic is PersonTopic {
  return !topic.startsWith("channel:") && !topic.startsWith("server:");
}

export class PersonTopics {
  /** By person: the sessions that are subscribed to anything about them, each with the bits of what. */
  readonly #sessions = new Map<number, SmallMap>();

  /** False when it is subscribed already. */
  add({ session, people }: Subscriber, topic: PersonTopic): boolean {
    const { bit, person } = parse(topic);
    const sessions = this.#sessions.get(person) ?? new SmallMap();
    const bits = sessions.get(session) ?? 0;
    if ((bits & bit) !== 0) return false;
    this.#sessions.set(person, sessions.set(session, bits | bit));
    people.add(person);
    return true;
  }

  /** False when it isn't subscribed. */
  delete({ session, people }: Subscriber, topic: PersonTopic): boolean {
    const { bit, person } = parse(topic);
    const sessions = this.#sessions.get(person);
    const bits = sessions?.get(session) ?? 0;
    if ((bits & bit) === 0) return false;
    if (bits !== bit) sessions?.set(session, bits & ~bit);
    else {
      people.delete(person);
      this.#forget(person, session);
    }
    return true;
  }

  has(session: SessionId, topic: PersonTopic): boolean {
    const { bit, person } = parse(topic);
    return ((this.#sessions.get(person)?.get(session) ?? 0) & bit) !== 0;
  }

  /** The sessions that are subscribed to it now. */
  subscribers(topic: PersonTopic): SessionId[] {
    const { bit, person } = parse(topic);
    const sessions = this.#sessions.get(person);
    if (!sessions) return [];
    const subscribed: SessionId[] = [];
    sessions.forEach((bits, session) => {
      if ((bits & bit) !== 0) subscribed.push(session);
    });
    return subscribed;
  }

  /** The session has gone. */
  drop({ session, people }: Subscriber): void {
    for (const person of people) this.#forget(person, session);
  }

  #forget(person: number, session: SessionId): void {
    const sessions = this.#sessions.get(person);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#sessions.delete(person);
  }
}

function parse(topic: PersonTopic): { bit: number; person: number } {
  const colon = topic.indexOf(":");
  return { bit: kinds[topic.slice(0, colon) as Kind], person: Number(topic.slice(colon + 1)) };
}
