// Which sessions a room keeps up to date, and about what. The gateway delivers. This is what the room needs to know of
// it, so that a session whose user loses sight of a channel stops hearing of it at once.

import { SmallMap, SmallSet } from "../../domain/small.ts";
import type { Actors } from "../calls.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";

export interface Subscriber {
  readonly user_id: number;
  on_server: boolean;
  readonly channels: SmallSet;
}

export class Subscribers {
  readonly #actors: Actors;
  readonly #gateway: Gateway;
  readonly #server_id: number;
  readonly #by_session = new SmallMap<Subscriber>();

  constructor(actors: Actors, gateway: Gateway, server_id: number) {
    this.#actors = actors;
    this.#gateway = gateway;
    this.#server_id = server_id;
  }

  get size(): number {
    return this.#by_session.size;
  }

  entries(): IteratorObject<[SessionId, Subscriber]> {
    return this.#by_session.entries();
  }

  of(session: SessionId): Subscriber | undefined {
    return this.#by_session.get(session);
  }

  /** Whose sessions they are; more than once who has several. */
  users(): IteratorObject<number> {
    return this.#by_session.values().map(({ user_id }) => user_id);
  }

  /** `told`: the `seq` of the last event that was told of it. */
  toServer(session: SessionId, user_id: number, told: number): void {
    const subscriber = this.#known(session, user_id);
    if (!subscriber) return;
    subscriber.on_server = true;
    // Said once more to whoever is subscribed: at another node it may have been passed over.
    this.#gateway.subscribe(session, `server:${this.#server_id}`, told);
  }

  toChannel(session: SessionId, user_id: number, channel_id: number, told: number): void {
    const subscriber = this.#known(session, user_id);
    if (!subscriber) return;
    subscriber.channels.add(channel_id);
    this.#gateway.subscribe(session, `channel:${channel_id}`, told);
  }

  fromServer(session: SessionId): void {
    const subscriber = this.#by_session.get(session);
    if (!subscriber?.on_server) return;
    subscriber.on_server = false;
    this.#gateway.unsubscribe(session, `server:${this.#server_id}`);
    this.#forgetEmpty(session, subscriber);
  }

  fromChannel(session: SessionId, channel_id: number): void {
    const subscriber = this.#by_session.get(session);
    if (!subscriber?.channels.delete(channel_id)) return;
    this.#gateway.unsubscribe(session, `channel:${channel_id}`);
    this.#forgetEmpty(session, subscriber);
  }

  /** The session has gone, or has nothing to look for here any more. */
  drop(session: SessionId): void {
    const subscriber = this.#by_session.get(session);
    if (!subscriber) return;
    this.fromServer(session);
    for (const channel_id of [...subscriber.channels]) this.fromChannel(session, channel_id);
  }

  /** All sessions of a user. */
  dropUser(user_id: number): void {
    for (const [session, subscriber] of [...this.entries()]) {
      if (subscriber.user_id === user_id) this.drop(session);
    }
  }

  /** Null when the session has gone already: nobody would tell us to forget it. */
  #known(session: SessionId, user_id: number): Subscriber | null {
    const known = this.#by_session.get(session);
    if (known) return known;
    if (!this.#actors.tell(`session:${session}`, "listening", { server_id: this.#server_id })) return null;
    const subscriber: Subscriber = { user_id, on_server: false, channels: new SmallSet() };
    this.#by_session.set(session, subscriber);
    return subscriber;
  }

  #forgetEmpty(session: SessionId, subscriber: Subscriber): void {
    if (!subscriber.on_server && subscriber.channels.size === 0) this.#by_session.delete(session);
  }
}
