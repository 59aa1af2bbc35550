// The actors of a node, and the way to those of other nodes: whoever speaks to an address needs not know where it is.
// An ask goes to the node that has the address, and waits for one while none has it, as long as its deadline lasts. What
// was asked of a node that is lost is asked anew where that does no harm, and else has no known end.

import type { ActorKinds, Address } from "../../actors/calls.ts";
import type { CallsAt, Reply, ReplyAt, RequestAt } from "../../actors/kernel/actor.ts";
import { ActorSystem, type SystemOptions } from "../../actors/kernel/system.ts";
import { busy, failure, type Outcome } from "../../protocol/outcome.ts";
import type { Item } from "../streams/envelope.ts";
import { type Head, item } from "./items.ts";
import { nodeOfAddress, slotOfAddress } from "./whereabouts.ts";

export interface Elsewhere {
  me: number;
  /** The node that has the slot, as far as is known here; null while none has it. */
  nodeOfSlot(slot: number): number | null;
  /** This node has it, its lease holds, and it isn't being handed over: what is asked of it is done. */
  isServing(slot: number): boolean;
  /** This node still has it, and its lease holds: what was done may be told. */
  mayTell(slot: number): boolean;
  /** False when there is no such node. */
  say(node: number, item: Item): boolean;
  /** Where slots lie may not be what is known here. */
  lookAgain(): void;
  /** Whether it may be done twice. */
  isRepeatable(call: string, request: unknown): boolean;
}

interface Asked {
  address: Address;
  call: string;
  request: unknown;
  reply: Reply<unknown>;
  /** Where it was sent; null while it waits for somebody to have the address. */
  node: number | null;
  deadline: ReturnType<typeof setTimeout>;
}

export class NodeActors extends ActorSystem<ActorKinds> {
  readonly #line: SystemOptions["line"];
  readonly #deadline_ms: number;
  readonly #on: Elsewhere;
  readonly #asked = new Map<number, Asked>();
  #asks = 0;

  constructor(options: SystemOptions, elsewhere: Elsewhere) {
    super(options);
    this.#line = options.line;
    this.#deadline_ms = options.ask_deadline_ms;
    this.#on = elsewhere;
  }

  override tell<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
  ): boolean {
    const node = this.#nodeOf(address);
    if (node === this.#on.me) return super.tell(address, call, request);
    return node !== null && this.#on.say(node, item({ kind: "tell", address, call, request }));
  }

  override ask<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
    reply: Reply<ReplyAt<CallsAt<ActorKinds, A>, Name>>,
  ): void {
    if (this.#nodeOf(address) === this.#on.me) return super.ask(address, call, request, reply);
    this.#asks += 1;
    const id = this.#asks;
    const deadline = setTimeout(() => this.#settle(id, late()), this.#deadline_ms);
    const asked: Asked = { address, call, request, reply: reply as Reply<unknown>, node: null, deadline };
    this.#asked.set(id, asked);
    this.#send(id, asked);
  }

  override async requestIfThere<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
  ): Promise<Outcome<ReplyAt<CallsAt<ActorKinds, A>, Name>> | null> {
    const node = this.#nodeOf(address);
    // Of another node's it isn't known here; one that has to be started for it harms nobody.
    return node === this.#on.me ? super.requestIfThere(address, call, request) : this.request(address, call, request);
  }

  /** How many asks of other nodes are under way. */
  get asking(): number {
    return this.#asked.size;
  }

  /** Slots may lie elsewhere than before: what waited for that goes on. */
  moved(): void {
    for (const [id, asked] of this.#asked) if (asked.node === null) this.#send(id, asked);
  }

  /** What was asked of this node is not answered, or not heard. */
  lost(node: number): void {
    for (const [id, asked] of [...this.#asked]) {
      if (asked.node !== node) continue;
      asked.node = null;
      if (this.#on.isRepeatable(asked.call, asked.request)) this.#send(id, asked);
      else this.#settle(id, busy());
    }
  }

  /** Takes what another node says of actors. */
  take(from: number, head: Extract<Head, { kind: "ask" | "answer" | "elsewhere" | "tell" }>): void {
    switch (head.kind) {
      case "ask":
        return this.#answer(from, head);
      case "tell":
        return this.#hear(from, head);
      case "answer":
        return this.#settle(head.id, head.outcome);
      case "elsewhere": {
        const asked = this.#asked.get(head.id);
        if (!asked) return;
        asked.node = null;
        return this.#on.lookAgain();
      }
    }
  }

  override async close(): Promise<void> {
    for (const id of [...this.#asked.keys()]) this.#settle(id, busy());
    await super.close();
  }

  /** Null while nobody has it, or this node has it and may not serve it now. */
  #nodeOf(address: Address): number | null {
    const node = nodeOfAddress(address, this.#on.nodeOfSlot);
    return node === this.#on.me && !this.#isHere(address) ? null : node;
  }

  #isHere(address: string): boolean {
    const slot = slotOfAddress(address);
    return slot === null || this.#on.isServing(slot);
  }

  /** To whoever has the address now; where nobody has, it waits. */
  #send(id: number, asked: Asked): void {
    const { address, call, request } = asked;
    const node = this.#nodeOf(address);
    if (node === this.#on.me) {
      this.#asked.delete(id);
      clearTimeout(asked.deadline);
      return super.ask(address, call as never, request as never, asked.reply as never);
    }
    if (node !== null && this.#on.say(node, item({ kind: "ask", id, address, call, request }))) asked.node = node;
  }

  #settle(id: number, outcome: Outcome<unknown>): void {
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    clearTimeout(asked.deadline);
    this.#line.put(() => asked.reply(outcome));
  }

  #answer(from: number, { id, address, call, request }: Extract<Head, { kind: "ask" }>): void {
    if (!this.#isHere(address)) {
      // One of the two knows less than the other.
      this.#on.lookAgain();
      return void this.#on.say(from, item({ kind: "elsewhere", id }));
    }
    const slot = slotOfAddress(address);
    super.ask(
      address as Address,
      call as never,
      request as never,
      ((outcome: Outcome<unknown>) => {
        // What would be told too late is somebody else's to tell.
        if (slot === null || this.#on.mayTell(slot)) this.#on.say(from, item({ kind: "answer", id, outcome }));
      }) as never,
    );
  }

  #hear(from: number, { address, call, request }: Extract<Head, { kind: "tell" }>): void {
    if (!this.#isHere(address)) return;
    const is_heard = super.tell(address as Address, call as never, request as never);
    // The session has gone meanwhile: who subscribed it would never hear of its end.
    if (is_heard || !address.startsWith("session:")) return;
    this.#on.say(from, item({ kind: "gone", session: Number(address.slice("session:".length)) }));
  }
}

function late(): Outcome<never> {
  return failure("unavailable", "The server took too long to answer.");
}
