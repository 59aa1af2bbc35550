// Which sessions of other nodes hear of which topics of one slot of this node's, as its actors had them subscribed. The
// session's own node has the socket, and does what is said; this is what the owner must know of it to answer at once.

import type { SessionId, Topic } from "../../actors/delivery/gateway.ts";
import { nodeOfId } from "../../domain/ids.ts";

export class RemoteListeners {
  readonly #topics = new Map<SessionId, Set<Topic>>();
  readonly #sessions = new Map<Topic, Set<SessionId>>();
  /** By topic: how many sessions of each node. */
  readonly #nodes = new Map<Topic, Map<number, number>>();

  /** False when it is subscribed already. */
  add(session: SessionId, topic: Topic): boolean {
    const topics = this.#topics.get(session) ?? new Set();
    if (topics.has(topic)) return false;
    this.#topics.set(session, topics.add(topic));
    this.#sessions.set(topic, (this.#sessions.get(topic) ?? new Set()).add(session));
    const nodes = this.#nodes.get(topic) ?? new Map<number, number>();
    const node = nodeOfId(session);
    this.#nodes.set(topic, nodes.set(node, (nodes.get(node) ?? 0) + 1));
    return true;
  }

  /** False when it isn't subscribed. */
  delete(session: SessionId, topic: Topic): boolean {
    const topics = this.#topics.get(session);
    if (!topics?.delete(topic)) return false;
    if (topics.size === 0) this.#topics.delete(session);
    const sessions = this.#sessions.get(topic);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#sessions.delete(topic);
    this.#countDown(topic, nodeOfId(session));
    return true;
  }

  has(session: SessionId, topic: Topic): boolean {
    return this.#topics.get(session)?.has(topic) ?? false;
  }

  sessions(topic: Topic): Iterable<SessionId> {
    return this.#sessions.get(topic) ?? [];
  }

  topics(session: SessionId): ReadonlySet<Topic> {
    return this.#topics.get(session) ?? NONE;
  }

  /** The nodes that have a session which hears of it. */
  nodes(topic: Topic): Iterable<number> {
    return this.#nodes.get(topic)?.keys() ?? [];
  }

  /** The session has gone. */
  drop(session: SessionId): void {
    for (const topic of [...this.topics(session)]) this.delete(session, topic);
  }

  /** All sessions of a node have gone, or are to be subscribed anew; returns them. */
  dropNode(node: number): SessionId[] {
    const gone = [...this.#topics.keys()].filter((session) => nodeOfId(session) === node);
    for (const session of gone) this.drop(session);
    return gone;
  }

  /** The slot is another's. */
  clear(): void {
    for (const map of [this.#topics, this.#sessions, this.#nodes]) map.clear();
  }

  #countDown(topic: Topic, node: number): void {
    const nodes = this.#nodes.get(topic);
    const left = (nodes?.get(node) ?? 0) - 1;
    if (left > 0) nodes?.set(node, left);
    else nodes?.delete(node);
    if (nodes?.size === 0) this.#nodes.delete(topic);
  }
}

const NONE: ReadonlySet<Topic> = new Set();
