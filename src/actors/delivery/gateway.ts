// What actors may do with the outside: hand frames to sessions, by address, never holding a socket. Frames and topic
// changes for one session keep their order. Everything here returns at once.

import type { CloseReason } from "../../protocol/errors.ts";
import type { Frame } from "./late-frame.ts";

export type SessionId = number;

/** `self:<id>`: that user's sessions. `friends:<id>`: the sessions of their friends. `user:<id>`: who loaded them. */
export type PersonTopic = `${"self" | "friends" | "user"}:${number}`;
/** `server:` and `channel:<id>`: the sessions that loaded it. */
export type Topic = PersonTopic | `${"server" | "channel"}:${number}`;

export interface Gateway {
  /** Sends one encoded frame to one session; nothing happens when it has gone. */
  send(session: SessionId, frame: string): void;
  /**
   * Sends several, in their order, at the pace at which the session reads: what it is sent meanwhile, whatever it is,
   * comes after them, and the session is congested until all is sent.
   */
  sendAll(session: SessionId, frames: readonly Frame[]): void;
  /**
   * Sends one with all else that the session is sent in this round of the event loop and in its order. What waits for
   * the round's end is not seen by `isCongested`: not for what a client can ask for without end.
   */
  sendTogether(session: SessionId, frame: string): void;
  /** Sends one frame, worded once, to every session subscribed to the topic, but for one. */
  publish(topic: Topic, frame: Frame, but_not?: SessionId): void;
  isSubscribed(session: SessionId, topic: Topic): boolean;
  /** The sessions that are subscribed to it now. */
  subscribers(topic: PersonTopic): readonly SessionId[];
  /** The users about whom the session is subscribed to anything. */
  people(session: SessionId): Iterable<number>;
  /** Whether the session has not gone. */
  isOpen(session: SessionId): boolean;
  /** How many topics the session is subscribed to. */
  subscriptions(session: SessionId): number;
  /** `told`: the `seq` of the last event of it that was told; 0 where the topic has none that count on. */
  subscribe(session: SessionId, topic: Topic, told?: number): void;
  unsubscribe(session: SessionId, topic: Topic): void;
  /** The session doesn't read as fast as it is sent to; it hears `drained` once it has caught up. */
  isCongested(session: SessionId): boolean;
  close(session: SessionId, reason: CloseReason): void;
}
