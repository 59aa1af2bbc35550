// What follows at a node where words between another one and it are lost, or the other is there no more: what was asked is
// asked anew, what its sessions heard of here is forgotten, and what sessions here heard of there goes on elsewhere, or
// anew.

import type { SessionId } from "../../actors/delivery/gateway.ts";
import { slotOf } from "../slots.ts";
import type { SharedWriting } from "../writing/shared-writing.ts";
import type { ListenersBySlot } from "./listeners-by-slot.ts";
import type { NodeActors } from "./node-actors.ts";
import type { NodePeople } from "./node-people.ts";
import type { Peers } from "./peers.ts";
import type { Places } from "./places.ts";
import type { Resuming } from "./resuming.ts";
import type { SlotView, Turn } from "./slot-view.ts";
import { serverOfAddress } from "./whereabouts.ts";

export interface LossesOptions {
  /** Null before there are any. */
  actors(): NodeActors | null;
  listeners: ListenersBySlot;
  places: Places;
  people: NodePeople;
  peers: Pick<Peers, "has">;
  resuming: Resuming;
  view: SlotView;
  writing: Pick<SharedWriting, "lost">;
  follow(turns: readonly Turn[]): void;
}

export class Losses {
  readonly #on: LossesOptions;

  constructor(options: LossesOptions) {
    this.#on = options;
  }

  /** Some of what was said between that node and this one is not heard. */
  broken(node: number): void {
    this.#lost(node, () => this.#on.people.broken(node));
  }

  /** It is there no more, and was silent before for so long. */
  gone(node: number, silent_ms: number): void {
    this.#lost(node, () => this.#on.people.silent(node, silent_ms));
    this.#on.people.gone(node);
    this.#on.actors()?.goOn();
  }

  /** A session of another node has ended. */
  ended(session: SessionId): void {
    this.#forget(this.#on.listeners.drop(session));
  }

  /** `forPeople` is run once the node is told where slots lie, and before those that it had are followed elsewhere. */
  #lost(node: number, forPeople: () => void): void {
    const { actors, listeners, places, view, peers, resuming, writing, follow } = this.#on;
    writing.lost(node);
    actors()?.broken(node);
    this.#forget(listeners.dropNode(node));
    places.sayTo(node);
    forPeople();
    follow(places.lost(node));
    if (peers.has(node)) resuming.begin(new Set(view.slotsOf(node)));
    actors()?.goOn();
  }

  /** Sessions of other nodes hear of the rooms in these slots no more. */
  #forget(sessions: ReadonlyMap<number, readonly SessionId[]>): void {
    const actors = this.#on.actors();
    if (!actors || sessions.size === 0) return;
    for (const address of actors.ownersIn(sessions)) {
      const server_id = serverOfAddress(address);
      if (server_id === null) continue;
      const gone = sessions.get(slotOf(server_id)) ?? [];
      for (const session of gone) actors.tellHere(`room:${server_id}`, "forget", { session });
    }
  }
}
