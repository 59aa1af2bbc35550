// What other nodes ask of this one's actors: it is begun where this node serves the slot, held where it may come to that,
// and given back undone where the slot is another's.
// Must not begin what a node asked before what it asked earlier of the same slot.

import type { Address } from "../../actors/calls.ts";
import type { Reply } from "../../actors/kernel/actor.ts";
import { type Outcome, success } from "../../protocol/outcome.ts";
import { people_slot } from "../slots.ts";
import type { Item } from "../streams/envelope.ts";
import { type AskHead, HeldAsks } from "./held-asks.ts";
import type { Holdings } from "./holdings.ts";
import { answering, item } from "./items.ts";
import type { SlotView } from "./slot-view.ts";
import { slotOfAddress } from "./whereabouts.ts";

export interface Others {
  view: SlotView;
  holdings: Holdings;
  /** False when there is no such node, or it doesn't know this one yet. */
  say(node: number, item: Item): boolean;
  /** Where slots lie may not be what is known here. */
  lookAgain(): void;
  /** What its sessions heard of people isn't known, and was asked. */
  isToList(node: number): boolean;
}

/** The actors of this node, whoever has their slots. */
export interface ActorsHere {
  tell(address: Address, call: string, request: unknown): boolean;
  /** What is begun in a slot is answered while the slot is still this node's. */
  perform(slot: number, address: Address, call: string, request: unknown, reply: Reply<unknown>): void;
}

export class AskedByOthers {
  readonly #on: Others;
  readonly #here: ActorsHere;
  readonly #held: HeldAsks;

  /** `patience_ms`: nobody waits for an answer any longer than that. */
  constructor(patience_ms: number, on: Others, here: ActorsHere) {
    this.#on = on;
    this.#here = here;
    this.#held = new HeldAsks(patience_ms);
  }

  take(from: number, head: AskHead): void {
    const slot = slotOfAddress(head.address);
    if (slot === null) return this.#hear(from, head);
    const { view, holdings } = this.#on;
    if (head.epoch > view.of(slot).epoch) this.#on.lookAgain();
    else if (!holdings.isMine(slot)) return void this.#on.say(from, item({ kind: "elsewhere", id: head.id }));
    else if (this.#isDue(from, slot)) return this.#answer(from, head, slot);
    this.#held.add(slot, from, head);
  }

  /** What is served has changed: what was held for that goes on. */
  goOn(): void {
    this.#held.goOn((from, head) => this.take(from, head));
  }

  /** Some of what was said between that node and this one is not heard: it asks anew, or not at all. */
  lost(node: number): void {
    this.#held.dropOf(node);
  }

  /** It is answered now, and not behind what the node asked before, or what it is to say of its sessions. */
  #isDue(from: number, slot: number): boolean {
    const { holdings, isToList } = this.#on;
    return holdings.isServing(slot) && !this.#held.has(slot, from) && !(slot === people_slot && isToList(from));
  }

  #answer(from: number, head: AskHead, slot: number): void {
    if (head.told) return this.#hear(from, head);
    const answer = (outcome: Outcome<unknown>) => void this.#on.say(from, answering(head.id, outcome));
    this.#here.perform(slot, head.address as Address, head.call, head.request, answer);
  }

  #hear(from: number, { id, address, call, request }: AskHead): void {
    const is_heard = this.#here.tell(address as Address, call, request);
    this.#on.say(from, answering(id, success(null)));
    // The session has gone meanwhile: who subscribed it would never hear of its end.
    if (is_heard || !address.startsWith("session:")) return;
    this.#on.say(from, item({ kind: "gone", session: Number(address.slice("session:".length)) }));
  }
}
