// The gateway of one owner at a node: frames for the node's own sessions go to its sockets, and those for sessions of
// other nodes to these, each frame for a topic once to each node that has somebody who hears of it. What is said goes
// through the owner's speaker, which says nothing once the slot is another's, and waits while the lease has run out.

import type { Gateway, PersonTopic, SessionId, Topic } from "../../actors/delivery/gateway.ts";
import { type Frame, textOf } from "../../actors/delivery/late-frame.ts";
import { nodeOfId } from "../../domain/ids.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { Item } from "../streams/envelope.ts";
import type { HeardTopics } from "./heard-topics.ts";
import type { Holds } from "./holds.ts";
import { type Head, item, sendingAll } from "./items.ts";
import type { PeopleView } from "./people-view.ts";
import type { RemoteListeners } from "./remote-listeners.ts";

export interface NodeGatewayParts {
  /** This node's number. */
  me: number;
  /** Its sockets. */
  sockets: Gateway;
  /** Sessions of other nodes that hear of what the owner tells. */
  listeners: RemoteListeners;
  heard: HeardTopics;
  people: PeopleView;
  holds: Holds;
  /** Hands what an owner says to the node's own session. */
  sendAll(session: SessionId, frames: readonly Frame[]): void;
  /** False when there is no such node. */
  say(node: number, item: Item): boolean;
  isThere(node: number): boolean;
}

/** Who speaks: the room of a server; or people, or the node to its own sessions, where `server_id` is null. */
export interface Speaker {
  server_id: number | null;
  /** It is no owner: it answers what its sessions ask. */
  is_node: boolean;
  /** Says it now, once it may be said, or never; in the order in which all was said. */
  speak(say: () => void): void;
  /** Whether those who are to be sent away stay: it is being handed over, and they are taken over. */
  spares(): boolean;
}

export class NodeGateway implements Gateway {
  readonly #on: NodeGatewayParts;
  readonly #speaker: Speaker;

  constructor(parts: NodeGatewayParts, speaker: Speaker) {
    this.#on = parts;
    this.#speaker = speaker;
  }

  send(session: SessionId, frame: string): void {
    const head: Head = { kind: "send", session, together: false };
    this.#toSession(session, head, frame, (sockets) => sockets.send(session, frame));
  }

  sendTogether(session: SessionId, frame: string): void {
    const head: Head = { kind: "send", session, together: true };
    this.#toSession(session, head, frame, (sockets) => sockets.sendTogether(session, frame));
  }

  sendAll(session: SessionId, frames: readonly Frame[]): void {
    this.#speaker.speak(() => {
      if (this.#isOwn(session)) {
        if (this.#speaker.is_node) return this.#on.sockets.sendAll(session, frames);
        return this.#on.sendAll(session, frames);
      }
      this.#on.say(nodeOfId(session), sendingAll(session, frames));
    });
  }

  publish(topic: Topic, said: Frame, but_not?: SessionId): void {
    const frame = textOf(said);
    this.#speaker.speak(() => {
      if (this.#isRoom) this.#on.heard.published(topic, frame);
      else this.#on.people.published(topic, frame);
      this.#on.holds.publish(topic, frame, but_not);
      const head: Head = but_not === undefined ? { kind: "publish", topic } : { kind: "publish", topic, but_not };
      for (const node of this.#on.listeners.nodes(topic)) this.#on.say(node, item(head, frame));
    });
  }

  subscribe(session: SessionId, topic: Topic, told = 0): void {
    const { server_id } = this.#speaker;
    this.#speaker.speak(() => {
      if (this.#isOwn(session)) {
        if (!this.isOpen(session)) return;
        this.#on.people.subscribed(session, topic, told);
        const is_due = server_id === null || this.#on.heard.subscribed(session, topic, server_id, told);
        if (is_due) this.#on.sockets.subscribe(session, topic);
        return;
      }
      if (!this.isOpen(session)) return;
      const is_new = this.#on.listeners.add(session, topic);
      // Its node passes over what a room says to it while it is resuming, and asks anew.
      if (!is_new && !this.#isRoom) return;
      this.#on.say(nodeOfId(session), item({ kind: "subscribe", session, topic, server_id, told }));
    });
  }

  unsubscribe(session: SessionId, topic: Topic): void {
    this.#speaker.speak(() => {
      if (this.#isOwn(session)) {
        this.#on.heard.unsubscribed(session, topic);
        return this.#on.sockets.unsubscribe(session, topic);
      }
      if (!this.#on.listeners.delete(session, topic)) return;
      this.#on.say(nodeOfId(session), item({ kind: "unsubscribe", session, topic }));
    });
  }

  close(session: SessionId, reason: CloseReason): void {
    if (this.#speaker.spares()) return;
    this.#toSession(session, { kind: "close", session, reason }, undefined, (sockets) =>
      sockets.close(session, reason),
    );
  }

  isSubscribed(session: SessionId, topic: Topic): boolean {
    return this.#isOwn(session)
      ? this.#on.sockets.isSubscribed(session, topic)
      : this.#on.listeners.has(session, topic);
  }

  subscribers(topic: PersonTopic): readonly SessionId[] {
    return [...this.#on.sockets.subscribers(topic), ...this.#on.listeners.sessions(topic)];
  }

  people(session: SessionId): Iterable<number> {
    if (this.#isOwn(session)) return this.#on.sockets.people(session);
    const people = new Set<number>();
    for (const topic of this.#on.listeners.topics(session)) {
      const [kind, id] = topic.split(":");
      if (kind === "self" || kind === "friends" || kind === "user") people.add(Number(id));
    }
    return people;
  }

  /** Of another node's session it is only known that its node is there; that hears first when it ends. */
  isOpen(session: SessionId): boolean {
    return this.#isOwn(session) ? this.#on.sockets.isOpen(session) : this.#on.isThere(nodeOfId(session));
  }

  /** Of another node's session only those that this node's actors made. */
  subscriptions(session: SessionId): number {
    return this.#isOwn(session) ? this.#on.sockets.subscriptions(session) : this.#on.listeners.topics(session).size;
  }

  isCongested(session: SessionId): boolean {
    return this.#isOwn(session) && this.#on.sockets.isCongested(session);
  }

  get #isRoom(): boolean {
    return this.#speaker.server_id !== null;
  }

  #isOwn(session: SessionId): boolean {
    return nodeOfId(session) === this.#on.me;
  }

  #toSession(session: SessionId, head: Head, text: string | undefined, here: (sockets: Gateway) => void): void {
    this.#speaker.speak(() => {
      if (!this.#isOwn(session)) return void this.#on.say(nodeOfId(session), item(head, text));
      if (text === undefined || this.#speaker.is_node) return here(this.#on.sockets);
      if (!this.#on.heard.sent(session, text)) return;
      this.#on.holds.send(session, text, () => here(this.#on.sockets));
    });
  }
}
