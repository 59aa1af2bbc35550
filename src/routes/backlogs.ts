// The sessions for which something waits, and the topics that their sockets were taken off meanwhile. Which of them
// hear of a topic is looked up once for each, however often something is published to it. It sends nothing.

import { Backlog } from "../actors/delivery/backlog.ts";
import type { SessionId, Topic } from "../actors/delivery/gateway.ts";
import { limits } from "../domain/limits.ts";
import type { Socket } from "./bun-gateway.ts";

/** What is known of a topic: who waits for what is published to it, of those who began up to this number. */
interface Known {
  readonly waiting: Set<SessionId>;
  up_to: number;
}

interface Begun {
  readonly session: SessionId;
  readonly number: number;
}

export class Backlogs {
  readonly #text_bound: number;
  readonly #socketOf: (session: SessionId) => Socket | undefined;
  readonly #backlogs = new Map<SessionId, Backlog>();
  /** In the order of their numbers, with some that have ended. */
  #begun: Begun[] = [];
  #last_number = 0;
  readonly #known = new Map<Topic, Known>();

  constructor(text_bound: number, socketOf: (session: SessionId) => Socket | undefined) {
    this.#text_bound = text_bound;
    this.#socketOf = socketOf;
  }

  get size(): number {
    return this.#backlogs.size;
  }

  get(session: SessionId): Backlog | undefined {
    return this.#backlogs.get(session);
  }

  begin(session: SessionId): Backlog {
    const backlog = new Backlog(this.#text_bound);
    this.#backlogs.set(session, backlog);
    this.#last_number += 1;
    this.#begun.push({ session, number: this.#last_number });
    if (this.#begun.length > 2 * this.#backlogs.size + limits.small) this.#tidy();
    return backlog;
  }

  /** Nothing waits any more: the socket hears of its topics by itself again, where it is still there. */
  end(session: SessionId): void {
    const backlog = this.#backlogs.get(session);
    if (!backlog) return;
    this.#backlogs.delete(session);
    const socket = this.#socketOf(session);
    for (const topic of backlog.topics) {
      this.#known.get(topic)?.waiting.delete(session);
      socket?.subscribe(topic);
    }
    if (this.#backlogs.size > 0) return;
    this.#known.clear();
    this.#begun = [];
  }

  /** Those to whom what is published to the topic comes behind what waits: Bun publishes it to them no more. */
  waitingOn(topic: Topic): Iterable<SessionId> {
    const known = this.#known.get(topic) ?? this.#toKnow(topic);
    for (let at = this.#firstAfter(known.up_to); at < this.#begun.length; at += 1) {
      const session = this.#begun[at]?.session as SessionId;
      if (this.#isTakenOff(session, topic)) known.waiting.add(session);
    }
    known.up_to = this.#last_number;
    return known.waiting;
  }

  /** False when it is subscribed already. */
  join(socket: Socket, topic: Topic): boolean {
    const { session } = socket.data;
    const backlog = this.#backlogs.get(session);
    if (backlog?.topics.has(topic) || socket.isSubscribed(topic)) return false;
    if (backlog) {
      backlog.topics.add(topic);
      this.#known.get(topic)?.waiting.add(session);
    } else socket.subscribe(topic);
    return true;
  }

  /** False when it isn't subscribed. */
  leave(socket: Socket, topic: Topic): boolean {
    const { session } = socket.data;
    if (this.#backlogs.get(session)?.topics.delete(topic)) {
      this.#known.get(topic)?.waiting.delete(session);
      return true;
    }
    if (!socket.isSubscribed(topic)) return false;
    socket.unsubscribe(topic);
    return true;
  }

  #toKnow(topic: Topic): Known {
    if (this.#known.size >= limits.waiting_topics_known) this.#known.clear();
    const known = { waiting: new Set<SessionId>(), up_to: 0 };
    this.#known.set(topic, known);
    return known;
  }

  /** Whether the session hears of the topic; its socket is taken off it, if it was not yet. */
  #isTakenOff(session: SessionId, topic: Topic): boolean {
    const backlog = this.#backlogs.get(session);
    const socket = this.#socketOf(session);
    if (!backlog || !socket) return false;
    if (socket.isSubscribed(topic)) {
      socket.unsubscribe(topic);
      backlog.topics.add(topic);
    }
    return backlog.topics.has(topic);
  }

  #firstAfter(number: number): number {
    let [low, high] = [0, this.#begun.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#begun[middle]?.number ?? 0) > number) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #tidy(): void {
    // One that began anew after it had ended stands there twice: only its last place counts.
    const last = new Map(this.#begun.map((one) => [one.session, one]));
    this.#begun = this.#begun.filter((one) => last.get(one.session) === one && this.#backlogs.has(one.session));
  }
}
