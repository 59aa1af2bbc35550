// The sessions of other nodes that hear of this one's slots, slot by slot: with a slot its listeners go.

import type { SessionId } from "../../actors/delivery/gateway.ts";
import { RemoteListeners } from "./remote-listeners.ts";

export class ListenersBySlot {
  readonly #slots = new Map<number, RemoteListeners>();

  /** The same object for as long as the node lives. */
  of(slot: number): RemoteListeners {
    const known = this.#slots.get(slot) ?? new RemoteListeners();
    this.#slots.set(slot, known);
    return known;
  }

  /** The session has ended; by slot: what is gone. */
  drop(session: SessionId): Map<number, SessionId[]> {
    const slots = [...this.#slots].filter(([, listeners]) => listeners.topics(session).size > 0);
    for (const [, listeners] of slots) listeners.drop(session);
    return new Map(slots.map(([slot]) => [slot, [session]]));
  }

  /** The same of all sessions of a node, which have gone, or are to be subscribed anew. */
  dropNode(node: number): Map<number, SessionId[]> {
    const gone = [...this.#slots].map(([slot, listeners]) => [slot, listeners.dropNode(node)] as const);
    return new Map(gone.filter(([, sessions]) => sessions.length > 0));
  }
}
