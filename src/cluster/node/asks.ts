// What this node has asked and not been answered. Each ask is in exactly one place: it waits here until somebody has its
// slot, or it is with the node that has; and it ends once, by its answer or its deadline. Asks of one slot keep their
// order: behind a slot that moved, none goes to the next owner before the one before has given back all that it won't do.

import type { Address } from "../../actors/calls.ts";
import type { Reply } from "../../actors/kernel/actor.ts";
import { monotonic } from "../../clock.ts";

export interface Asked {
  readonly address: Address;
  readonly call: string;
  readonly request: unknown;
  /** Null for what is only told. */
  readonly reply: Reply<unknown> | null;
  /** The slot of the address; of a session that of its node, below 0. */
  readonly lane: number;
  /** Among all: the earlier one goes first. */
  readonly order: number;
  deadline: ReturnType<typeof setTimeout> | null;
  is_over: boolean;
  /** It was with a node whose words were lost, and changes something: that may have been done. */
  may_be_done: boolean;
}

/** One that is with a node. */
interface Sent {
  asked: Asked;
  node: number;
  epoch: number;
  at_ms: number;
}

/** Of those that a node has answered: how many, and how long they took in all. */
export interface Answered {
  answers: number;
  answers_ms: number;
}

interface Lane {
  waiting: Asked[];
  sent: Map<number, Sent>;
}

export class Asks {
  readonly #lanes = new Map<number, Lane>();
  /** By the id under which it was sent: its lane. */
  readonly #lane_of = new Map<number, number>();
  readonly #answered = new Map<number, Answered>();
  readonly #clock: () => number;
  #next_id: number;

  /** `first_id`: what is sent is numbered from here on; `clock`: milliseconds, never going back. */
  constructor(first_id: number, clock: () => number = monotonic) {
    this.#next_id = first_id;
    this.#clock = clock;
  }

  /** By node. */
  get answered(): ReadonlyMap<number, Answered> {
    return this.#answered;
  }

  /** How many there are. */
  get size(): number {
    return this.#lane_of.size + [...this.#lanes.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  lanes(): number[] {
    return [...this.#lanes.keys()];
  }

  wait(asked: Asked): void {
    const { waiting } = this.#lane(asked.lane);
    const at = waiting.findLastIndex(({ order }) => order < asked.order) + 1;
    waiting.splice(at, 0, asked);
  }

  /** Whether nothing is before what is asked now: neither what waits, nor what was sent in an earlier epoch. */
  isClear(lane: number, epoch: number): boolean {
    const known = this.#lanes.get(lane);
    return !known || (known.waiting.length === 0 && !this.#isBehind(known, epoch));
  }

  /** Those that wait and may go now, in their order; they are taken out, but for those that `mayGo` keeps. */
  take(lane: number, epoch: number, mayGo: (asked: Asked) => boolean): Asked[] {
    const known = this.#lanes.get(lane);
    if (!known || known.waiting.length === 0 || this.#isBehind(known, epoch)) return [];
    const going = known.waiting.filter(mayGo);
    known.waiting = known.waiting.filter((asked) => !going.includes(asked));
    this.#tidy(lane, known);
    return going;
  }

  /** It is with that node from now on, under the id that is returned. */
  sent(asked: Asked, node: number, epoch: number): number {
    const id = this.#next_id;
    this.#next_id += 1;
    this.#lane(asked.lane).sent.set(id, { asked, node, epoch, at_ms: this.#clock() });
    this.#lane_of.set(id, asked.lane);
    return id;
  }

  /** The node has answered: as `back`. */
  answeredBy(id: number): Asked | undefined {
    const lane = this.#lane_of.get(id);
    const sent = lane === undefined ? undefined : this.#lanes.get(lane)?.sent.get(id);
    if (!sent) return undefined;
    const answered = this.#answered.get(sent.node) ?? { answers: 0, answers_ms: 0 };
    if (answered.answers === 0) this.#answered.set(sent.node, answered);
    answered.answers += 1;
    answered.answers_ms += this.#clock() - sent.at_ms;
    return this.back(id);
  }

  /** It isn't with a node any more; undefined where it had ended. */
  back(id: number): Asked | undefined {
    const lane = this.#lane_of.get(id);
    const known = lane === undefined ? undefined : this.#lanes.get(lane);
    const asked = known?.sent.get(id)?.asked;
    if (lane === undefined || !known || !asked) return undefined;
    known.sent.delete(id);
    this.#lane_of.delete(id);
    this.#tidy(lane, known);
    return asked;
  }

  /** All that are with the node, in their order: they aren't any more. */
  backFrom(node: number): Asked[] {
    const ids = [...this.#lanes.values()].flatMap(({ sent }) =>
      [...sent].flatMap(([id, { node: of }]) => (of === node ? [id] : [])),
    );
    return ids.flatMap((id) => this.back(id) ?? []).sort((one, other) => one.order - other.order);
  }

  /** It has ended, wherever it was. */
  drop(asked: Asked): void {
    const known = this.#lanes.get(asked.lane);
    if (!known) return;
    known.waiting = known.waiting.filter((one) => one !== asked);
    for (const [id, sent] of known.sent) {
      if (sent.asked !== asked) continue;
      known.sent.delete(id);
      this.#lane_of.delete(id);
    }
    this.#tidy(asked.lane, known);
  }

  /** All there are: they are in no place any more. */
  drain(): Asked[] {
    const lanes = [...this.#lanes.values()];
    this.#lanes.clear();
    this.#lane_of.clear();
    return lanes.flatMap(({ waiting, sent }) => [...waiting, ...[...sent.values()].map(({ asked }) => asked)]);
  }

  /** Those with a node that had the slot before. */
  #isBehind({ sent }: Lane, epoch: number): boolean {
    for (const one of sent.values()) return one.epoch < epoch;
    return false;
  }

  #lane(lane: number): Lane {
    const known = this.#lanes.get(lane);
    if (known) return known;
    const added = { waiting: [], sent: new Map<number, Sent>() };
    this.#lanes.set(lane, added);
    return added;
  }

  #tidy(lane: number, { waiting, sent }: Lane): void {
    if (waiting.length === 0 && sent.size === 0) this.#lanes.delete(lane);
  }
}
