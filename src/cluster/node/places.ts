// Where slots lie, between nodes: each says what it reads in the database before others have read it, and lets go of what
// it had in so many words, and up to where it made ids: whoever has it next makes greater ones. Whoever hears of something
// that the database hasn't told them yet looks at once.

import type { NodeIds } from "../../domain/ids.ts";
import type { Membership } from "../membership/membership.ts";
import { all_slots } from "../slots.ts";
import type { Item } from "../streams/envelope.ts";
import { item, type Placed } from "./items.ts";
import type { SlotView, Turn } from "./slot-view.ts";

export interface PlacesOptions {
  me: number;
  view: SlotView;
  membership: Pick<Membership, "slot" | "renew" | "floorOf"> & { ids: Pick<NodeIds, "made" | "pass"> };
  say(node: number, said: Item): void;
  sayToAll(said: Item): void;
}

const slots_of_all = Array.from({ length: all_slots }, (_, slot) => slot);

export class Places {
  readonly #on: PlacesOptions;
  /** By slot: in which epoch it was given to this node, and up to where ids had been made. */
  readonly #given = new Map<number, { epoch: number; made: number }>();

  constructor(options: PlacesOptions) {
    this.#on = options;
  }

  /** What the database says; the others hear of what is new, but for what this node would let go of by that. */
  learn(): Turn[] {
    const { me, view, membership } = this.#on;
    const news = slots_of_all.filter((slot) => {
      return membership.slot(slot).epoch > view.knownOf(slot).epoch && view.of(slot).node !== me;
    });
    const turns = slots_of_all.flatMap((slot) => view.learn(slot, membership.slot(slot)) ?? []);
    this.#sayAll(news);
    return this.#taken(turns);
  }

  /** Another node says so; `made`: up to where it made ids, where it gave them away. */
  heard(from: number, slots: readonly Placed[], made?: number): Turn[] {
    const { me, view, membership } = this.#on;
    const turns = slots.flatMap(([slot, epoch, node]) => {
      if (node === me && made !== undefined) this.#given.set(slot, { epoch, made });
      // What it has itself, a node learns of the database alone, which also says above what its ids are to be.
      const learnt = node === me ? null : view.learn(slot, { epoch, node });
      const let_go = node === from ? null : view.letGo(slot, from, epoch);
      return [learnt, let_go].filter((turn) => turn !== null);
    });
    if (slots.some(([slot, epoch]) => epoch > membership.slot(slot).epoch)) void membership.renew();
    return this.#taken(turns);
  }

  /** The node is lost: what was known to be another's is followed there. */
  lost(node: number): Turn[] {
    return this.#taken(this.#on.view.lost(node));
  }

  /** This node says nothing more in these slots, as far as they are another's now. */
  letGo(slots: readonly number[]): Turn[] {
    const { me, view, membership } = this.#on;
    const turns = slots.flatMap((slot) => {
      const learnt = view.learn(slot, membership.slot(slot));
      const let_go = view.letGo(slot, me, membership.slot(slot).epoch);
      return [learnt, let_go].filter((turn) => turn !== null);
    });
    const placed = slots.map((slot): Placed => [slot, view.of(slot).epoch, view.of(slot).node]);
    this.#on.sayToAll(item({ kind: "moved", slots: placed, made: membership.ids.made() }));
    return turns;
  }

  /** All that is known, to one. */
  sayTo(node: number): void {
    this.#on.say(node, moved(slots_of_all.map((slot) => this.#known(slot))));
  }

  /** Ids for what is this node's from now on are above all that were made for it. */
  #taken(turns: Turn[]): Turn[] {
    const { me, membership } = this.#on;
    for (const { slot, now } of turns) {
      if (now.node !== me) continue;
      const given = this.#given.get(slot);
      this.#given.delete(slot);
      membership.ids.pass(given?.epoch === now.epoch ? given.made : membership.floorOf(slot));
    }
    return turns;
  }

  #sayAll(slots: readonly number[]): void {
    if (slots.length > 0) this.#on.sayToAll(moved(slots.map((slot) => this.#known(slot))));
  }

  #known(slot: number): Placed {
    const { epoch, node } = this.#on.view.knownOf(slot);
    return [slot, epoch, node];
  }
}

const moved = (slots: readonly Placed[]) => item({ kind: "moved", slots });
