// The actors, as who has a place in a pool speaks to them: the place is for what this node reads, and is left for as long
// as nothing but another node is waited for, so that who waits for one that stands still keeps nobody from the rest. What
// is requested of another node has a bound of its own, since places don't bound it. What is answered in its own turn needs
// no place: nothing is read for it, but where a room answers alone.

import type { ActorKinds, Address, Asking } from "../../actors/calls.ts";
import type { CallsAt, Reply, ReplyAt, RequestAt } from "../../actors/kernel/actor.ts";
import { FairShare, type Place, type Shares } from "../../domain/fair-share.ts";
import { limits } from "../../domain/limits.ts";
import { common } from "../../domain/pools.ts";
import { crowded, type Outcome } from "../../protocol/outcome.ts";

/** What may be asked of each other node at a time. */
export class PoolsOfNodes {
  readonly #pools = new Map<number | null, FairShare>();

  /** Null: of whichever node will serve what no node serves now. */
  of(node: number | null): FairShare {
    const pool = this.#pools.get(node) ?? new FairShare(shares);
    this.#pools.set(node, pool);
    return pool;
  }
}

const shares: Shares = {
  ...common,
  places: limits.asked_of_a_node,
  per_party: limits.asked_of_a_node_per_user,
};

interface NodesActors extends Asking {
  /** The pool of what may be asked of the node that is to be waited for; null where none is. */
  poolOf(address: Address, request: unknown): FairShare | null;
}

export class ActorsAtPlace implements Asking {
  readonly #actors: NodesActors;
  readonly #place: Place;
  /** Answers of other nodes that are waited for, and of this one. */
  #waiting = 0;
  #reading = 0;

  constructor(actors: NodesActors, place: Place) {
    this.#actors = actors;
    this.#place = place;
  }

  atPlace(place: Place): Asking {
    return this.#actors.atPlace(place);
  }

  tell<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
  ): boolean {
    return this.#actors.tell(address, call, request);
  }

  /** The answer is handed on in its own turn, whether or not the place is held again by then. */
  ask<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
    reply: Reply<ReplyAt<CallsAt<ActorKinds, A>, Name>>,
  ): void {
    if (!this.#actors.poolOf(address, request)) return this.#actors.ask(address, call, request, reply);
    this.#leave();
    this.#actors.ask(address, call, request, (outcome) => {
      reply(outcome);
      void this.#comeBack();
    });
  }

  /** Settles when the place is held again, unless another answer is still waited for. */
  async request<A extends Address, Name extends keyof CallsAt<ActorKinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<ActorKinds, A>, Name>,
  ): Promise<Outcome<ReplyAt<CallsAt<ActorKinds, A>, Name>>> {
    const pool = this.#actors.poolOf(address, request);
    if (!pool) return this.#read(() => this.#actors.request(address, call, request));
    this.#leave();
    const { who, isWanted } = this.#place;
    const ask = () => this.#actors.request(address, call, request);
    const outcome = await pool.run<Outcome<ReplyAt<CallsAt<ActorKinds, A>, Name>>>(who, ask, crowded, isWanted);
    await this.#comeBack();
    return outcome;
  }

  /** At the place, whatever else is waited for. */
  async #read<Value>(read: () => Promise<Value>): Promise<Value> {
    this.#reading += 1;
    await this.#place.take();
    const value = await read();
    this.#reading -= 1;
    if (this.#reading === 0 && this.#waiting > 0) this.#place.leave();
    return value;
  }

  #leave(): void {
    this.#waiting += 1;
    if (this.#reading === 0) this.#place.leave();
  }

  async #comeBack(): Promise<void> {
    this.#waiting -= 1;
    if (this.#waiting === 0) await this.#place.take();
  }
}
