// What a session is told of users while a room answers it how they are. The room asks people, and its words and theirs
// come from two nodes, in no order: what people tell meanwhile waits until the answer is out, so that the last word comes
// last. All else is numbered, and does without.

import type { Gateway, PersonTopic, SessionId, Topic } from "../../actors/delivery/gateway.ts";

export class Holds {
  readonly #sockets: Gateway;
  /** By session that asks: what waits, in its order. */
  readonly #untold = new Map<SessionId, (() => void)[]>();

  constructor(sockets: Gateway) {
    this.#sockets = sockets;
  }

  /** For how many sessions something may be held back. */
  get size(): number {
    return this.#untold.size;
  }

  /** It asks; its requests are answered one after the other. */
  begin(session: SessionId): void {
    this.#untold.set(session, []);
  }

  /** It is answered. */
  end(session: SessionId): void {
    const untold = this.#untold.get(session) ?? [];
    this.#untold.delete(session);
    for (const tell of untold) tell();
  }

  /** The session has ended. */
  drop(session: SessionId): void {
    this.#untold.delete(session);
  }

  /** To all who are subscribed. */
  publish(topic: Topic, frame: string, but_not?: SessionId): void {
    if (this.#untold.size === 0 || !isOfUser(topic)) return this.#sockets.publish(topic, frame, but_not);
    for (const session of this.#sockets.subscribers(topic)) {
      if (session === but_not) continue;
      this.#tell(session, () => {
        if (this.#sockets.isSubscribed(session, topic)) this.#sockets.send(session, frame);
      });
    }
  }

  /** One session alone is told something by an owner, which `tell` hands to its socket. */
  send(session: SessionId, frame: string, tell: () => void): void {
    if (this.#untold.size > 0 && user_event.test(frame)) this.#tell(session, tell);
    else tell();
  }

  #tell(session: SessionId, tell: () => void): void {
    const untold = this.#untold.get(session);
    if (untold) untold.push(tell);
    else tell();
  }
}

/** As it begins. */
const user_event = /^\{"type":"[a-z_]+","topic":"user:/;

function isOfUser(topic: Topic): topic is PersonTopic {
  return topic.startsWith("user:");
}
