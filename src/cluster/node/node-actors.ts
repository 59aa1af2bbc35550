// The actors of a node, and the way to those of other nodes: whoever speaks to an address needs not know where it is.
// An ask is done here where this node serves the slot, waits while nobody does, and else is with the node that does. One
// that is with a node whose words were lost is asked anew where that does no harm, and has no known end where it does.

import type { ActorKinds, Address, Asking } from "../../actors/calls.ts";
import type { CallsAt, Reply, ReplyAt, RequestAt } from "../../actors/kernel/actor.ts";
import { ActorSystem, type SystemOptions } from "../../actors/kernel/system.ts";
import type { FairShare, Place } from "../../domain/fair-share.ts";
import { busy, failure, type Outcome, success } from "../../protocol/outcome.ts";
import { ActorsAtPlace, PoolsOfNodes } from "./actors-at-place.ts";
import { AskedByOthers, type Others } from "./asked-by-others.ts";
import { type Asked, Asks } from "./asks.ts";
import { answering, type Head, item, outcomeOf } from "./items.ts";
import { type Noting, noting } from "./noting.ts";
import { endsMembership, isDoneOnce, isRepeatable, subscribes } from "./what-asks.ts";
import { nodeOfAddress, slotOfAddress } from "./whereabouts.ts";

export interface Elsewhere extends Noting, Others {
  me: number;
  /** What is asked of others is numbered from here on. */
  first_ask: number;
  /** The other nodes. */
  peers(): Iterable<number>;
  /** The session is told by an answer under way what it has missed of that address; all else it asks of it waits. */
  isResuming(address: string, request: unknown): boolean;
}

export class NodeActors extends ActorSystem<ActorKinds> {
  readonly #line: SystemOptions["line"];
  readonly #deadline_ms: number;
  readonly #on: Elsewhere;
  readonly #noting: Parameters<typeof noting>[0];
  readonly #asks: Asks;
  readonly #asked_by_others: AskedByOthers;
  readonly #pools = new PoolsOfNodes();
  #orders = 0;

  constructor(options: SystemOptions, elsewhere: Elsewhere) {
    super(options);
    this.#line = options.line;
    this.#deadline_ms = options.ask_deadline_ms;
    this.#on = elsewhere;
    this.#asks = new Asks(elsewhere.first_ask);
    const then = (address: string) => this.#pump(slotOfAddress(address) ?? -1);
    this.#noting = { ...elsewhere, line: options.line, then };
    this.#asked_by_others = new AskedByOthers(options.ask_deadline_ms, elsewhere, {
      tell: (address, call, request) => super.tell(address, call as never, request as never),
      perform: this.#perform.bind(this),
    });
  }

  override tell<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
  ): boolean {
    if (!endsMembership(call, request)) return this.#tell(address, call, request);
    // Whoever went hears of it when they have heard all that the room told them before.
    this.#afterHeard(() => void this.#tell(address, call, request));
    return true;
  }

  #tell<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
  ): boolean {
    const slot = slotOfAddress(address);
    if (this.#isHere(slot, address, request)) return super.tell(address, call, request);
    const asked = this.#asked(slot, address, call, request, null);
    if (slot !== null) this.#ask(asked, slot);
    else if (!this.#sendTo(nodeOfAddress(address), 0, asked)) {
      this.#end(asked);
      return false;
    }
    return true;
  }

  override ask<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
    reply: Reply<ReplyAt<CallsAt<ActorKinds, A>, Name>>,
  ): void {
    const slot = slotOfAddress(address);
    if (slot === null) return super.ask(address, call, request, reply);
    const answer = noting(this.#noting, { address, call, request }, reply as Reply<unknown>);
    const wait = () => this.#ask(this.#asked(slot, address, call, request, answer), slot);
    if (!this.#isHere(slot, address, request)) return wait();
    this.#perform(slot, address, call, request, (outcome) => {
      if (this.#isVoid({ address, call, request })) wait();
      else answer(outcome);
    });
  }

  override async requestIfThere<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
  ): Promise<Outcome<ReplyAt<CallsAt<ActorKinds, A>, Name>> | null> {
    // Of another node's it isn't known here; one that has to be started for it harms nobody.
    return this.#isHere(slotOfAddress(address), address, request)
      ? super.requestIfThere(address, call, request)
      : this.request(address, call, request);
  }

  override atPlace(place: Place): Asking {
    return new ActorsAtPlace(this, place);
  }

  /** The pool of what may be asked of the node that has to be waited for; null where none has. */
  poolOf(address: Address, request: unknown): FairShare | null {
    const slot = slotOfAddress(address);
    if (this.#isHere(slot, address, request)) return null;
    return this.#pools.of(slot === null ? nodeOfAddress(address) : this.#on.view.of(slot).node);
  }

  override heard(): Promise<void> {
    return new Promise((resolve) => this.#afterHeard(resolve));
  }

  get answered(): Asks["answered"] {
    return this.#asks.answered;
  }

  /** The owners of this node in these slots, whatever they own. */
  ownersIn(slots: Pick<ReadonlySet<number>, "has">): Address[] {
    return [...this.addresses].filter((address): address is Address => slots.has(slotOfAddress(address) ?? -1));
  }

  /** To an actor of this node, whether its slot is served now or not. */
  askHere<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
  ): Promise<Outcome<ReplyAt<CallsAt<ActorKinds, A>, Name>>> {
    return new Promise((resolve) => super.ask(address, call, request, resolve));
  }

  /** What is served has changed, or who is reached: what waited for that goes on. */
  goOn(): void {
    this.#asked_by_others.goOn();
    for (const lane of this.#asks.lanes()) this.#pump(lane);
  }

  /** Some of what was said between that node and this one is not heard. */
  broken(node: number): void {
    this.#asked_by_others.lost(node);
    for (const asked of this.#asks.backFrom(node)) {
      if (asked.call === MARK) {
        this.#settle(asked, success(null));
        continue;
      }
      const may_repeat = asked.reply === null || isRepeatable(asked.call, asked.request);
      asked.may_be_done ||= isDoneOnce(asked.call, asked.request);
      if (may_repeat && asked.lane >= 0) this.#asks.wait(asked);
      else if (!may_repeat) this.#settle(asked, busy());
      else if (!this.#sendTo(node, 0, asked)) this.#end(asked);
    }
  }

  /** Takes what another node says of actors. */
  take(from: number, head: Extract<Head, { kind: "ask" | "mark" | "answer" | "elsewhere" }>, text: string): void {
    if (head.kind === "ask") return this.#asked_by_others.take(from, head);
    if (head.kind === "mark") return void this.#on.say(from, answering(head.id, success(null)));
    const asked = head.kind === "answer" ? this.#asks.answeredBy(head.id) : this.#asks.back(head.id);
    if (!asked) return;
    if (head.kind === "answer") this.#conclude(asked, outcomeOf(head, text));
    else this.#asks.wait(asked);
    this.#pump(asked.lane);
  }

  override async close(): Promise<void> {
    for (const asked of this.#asks.drain()) this.#settle(asked, busy());
    await super.close();
  }

  /** Whether it is done here, and nothing asked before waits for that. */
  #isHere(slot: number | null, address: Address, request: unknown): boolean {
    if (slot === null) return nodeOfAddress(address) === this.#on.me;
    const { view, holdings } = this.#on;
    if (!holdings.isServing(slot) || !this.#asks.isClear(slot, view.of(slot).epoch)) return false;
    return !this.#on.isResuming(address, request);
  }

  /** The session is not subscribed to what it was by that, since it is resuming: it asks once more, behind that. */
  #isVoid({ address, call, request }: Pick<Asked, "address" | "call" | "request">): boolean {
    return subscribes(call, request) && this.#on.isResuming(address, request);
  }

  #asked(slot: number | null, address: Address, call: string, request: unknown, reply: Reply<unknown> | null): Asked {
    this.#orders += 1;
    const lane = slot ?? -1 - nodeOfAddress(address);
    const begun = { deadline: null, is_over: false, may_be_done: false };
    const asked: Asked = { address, call, request, reply, lane, order: this.#orders, ...begun };
    // What is only told ends with the node that it is for.
    if (reply === null) return asked;
    asked.deadline = setTimeout(() => {
      this.#asks.drop(asked);
      this.#settle(asked, late);
      this.#pump(lane);
    }, this.#deadline_ms);
    return asked;
  }

  /** Once all other nodes have heard what was said to them so far, or it is lost. */
  #afterHeard(then: () => void): void {
    let waiting = 1;
    const heard = () => {
      waiting -= 1;
      if (waiting === 0) then();
    };
    for (const node of this.#on.peers()) {
      waiting += 1;
      const asked = this.#asked(null, `session:${node}`, MARK, null, heard);
      const id = this.#asks.sent(asked, node, 0);
      if (this.#on.say(node, item({ kind: "mark", id }))) continue;
      this.#asks.back(id);
      this.#settle(asked, success(null));
    }
    heard();
  }

  #ask(asked: Asked, slot: number): void {
    const { view, me } = this.#on;
    const { node, epoch } = view.of(slot);
    const is_elsewhere = node !== null && node !== me && this.#asks.isClear(slot, epoch);
    // As most do: nothing is before it.
    if (is_elsewhere && !this.#on.isResuming(asked.address, asked.request) && this.#sendTo(node, epoch, asked)) return;
    this.#asks.wait(asked);
    this.#pump(slot);
  }

  /** What waits in the slot goes to whoever has it now. */
  #pump(slot: number): void {
    if (slot < 0) return;
    const { view, holdings, me } = this.#on;
    const { node, epoch } = view.of(slot);
    if (node === null || (node === me && !holdings.isServing(slot))) return;
    const going = this.#asks.take(slot, epoch, ({ call, address, request }) => {
      return call === "resume" || !this.#on.isResuming(address, request);
    });
    for (const asked of going) {
      if (node === me) this.#performAsked(slot, asked);
      else if (!this.#sendTo(node, epoch, asked)) this.#asks.wait(asked);
    }
  }

  #sendTo(node: number, epoch: number, asked: Asked): boolean {
    const { address, call, request, reply } = asked;
    const id = this.#asks.sent(asked, node, epoch);
    const is_said = this.#on.say(node, item({ kind: "ask", id, address, call, request, epoch, told: reply === null }));
    if (!is_said) this.#asks.back(id);
    return is_said;
  }

  #performAsked(slot: number, asked: Asked): void {
    const { address, call, request, reply } = asked;
    if (reply) return this.#perform(slot, address, call, request, (outcome) => this.#conclude(asked, outcome));
    super.tell(address, call as never, request as never);
    this.#end(asked);
  }

  /** What is begun in a slot is answered while the slot is still this node's. */
  #perform(slot: number, address: Address, call: string, request: unknown, reply: Reply<unknown>): void {
    const { holdings } = this.#on;
    holdings.begin(slot);
    const answer = (outcome: Outcome<unknown>) =>
      holdings.speak(slot, () => {
        holdings.end(slot);
        reply(outcome);
      });
    super.ask(address, call as never, request as never, answer as never);
  }

  #conclude(asked: Asked, outcome: Outcome<unknown>): void {
    if (!asked.is_over && this.#isVoid(asked)) this.#asks.wait(asked);
    // Refused now says nothing of the time before: whoever asks anew is told how it stands.
    else this.#settle(asked, asked.may_be_done && !outcome.ok ? busy() : outcome);
  }

  #settle(asked: Asked, outcome: Outcome<unknown>): void {
    const { reply, is_over } = asked;
    this.#end(asked);
    if (reply && !is_over) this.#line.put(() => reply(outcome));
  }

  #end(asked: Asked): void {
    asked.is_over = true;
    clearTimeout(asked.deadline ?? undefined);
  }
}

/** Asked of a node, and not of an actor. */
const MARK = "mark";

const late = failure("unavailable", "The server took too long to answer.");
