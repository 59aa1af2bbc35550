// People, as one node has to do with them: as their owner, as one that tells the owner what it knows, and as one that may
// be the next. Which of these it is, the slots say.

import type { SessionId } from "../../actors/delivery/gateway.ts";
import type { PresenceCalls, Standing } from "../../actors/people/calls.ts";
import { limits } from "../../domain/limits.ts";
import type { Person } from "../../domain/presence.ts";
import { people_slot } from "../slots.ts";
import type { Holdings } from "./holdings.ts";
import { type Head, item } from "./items.ts";
import type { Peers } from "./peers.ts";
import { PeopleOwner } from "./people-owner.ts";
import type { PeopleView } from "./people-view.ts";
import type { RemoteListeners } from "./remote-listeners.ts";
import type { SlotView } from "./slot-view.ts";

export interface NodePeopleOptions {
  me: number;
  slots: SlotView;
  view: PeopleView;
  holdings: Holdings;
  peers: Peers;
  /** Sessions of other nodes that hear of people. */
  listeners: RemoteListeners;
  /** Has the registry of this node go on with what is known; settles when it has. */
  inherit(known: PresenceCalls["inherit"]["request"]): Promise<unknown>;
  /** Has these sessions of this node come again; null: all. */
  close(sessions: readonly SessionId[] | null): void;
  /** Runs it in a turn of its own. */
  inLine(task: () => void): void;
  /** What waited for people goes on. */
  goOn(): void;
  /** Has the owner tell this node's sessions how these people look. */
  retell(people: readonly Person[]): void;
  /** Tells the registry of this node, if it has one, that a node has these sessions, and no others. */
  keep(node: number, sessions: readonly SessionId[]): void;
  /** Has the registry of this node, if it has one, let rooms hear of accounts that ended lately. */
  hintAtDepartures(): void;
}

/** Somebody who wants to know what this node knows of people. */
interface Asking {
  request: number;
  /** As far as this node knows, it has heard the answer. */
  is_answered: boolean;
}

export class NodePeople {
  readonly view: PeopleView;
  readonly owner: PeopleOwner;
  readonly #on: NodePeopleOptions;
  /** By node: it hears the answer once this node follows it, and again where that was lost. */
  readonly #asking = new Map<number, Asking>();
  readonly #moved: (() => void)[] = [];
  readonly #rounds: ReturnType<typeof setInterval>;

  constructor(options: NodePeopleOptions) {
    const { view, holdings, listeners, peers, inherit, keep, hintAtDepartures, retell, goOn, inLine } = options;
    this.#on = options;
    this.view = view;
    this.owner = new PeopleOwner({
      ...{ view, holdings, listeners, inherit, keep, hintAtDepartures, retell, onReady: goOn },
      onLate: () => inLine(() => this.owner.goOn()),
      say: (node, said) => peers.say(node, said),
      peers: () => peers.numbers,
      isAtWork: (node) => peers.isAtWork(node),
      isSilent: (node) => peers.isSilent(node),
    });
    this.#rounds = setInterval(() => inLine(() => this.lookBack()), limits.people_checked_ms);
    this.#rounds.unref();
  }

  close(): void {
    clearInterval(this.#rounds);
  }

  whenMoved(run: () => void): void {
    this.#moved.push(run);
  }

  /** People have another owner than before, or one at all. */
  follow(): void {
    if (this.#on.slots.of(people_slot).node === this.#on.me) this.owner.begin();
    this.#answer();
    this.lookAgain();
  }

  /** Whatever was told: what log-ins are no longer good is looked up, and what accounts have ended. */
  lookBack(): void {
    this.lookAgain();
    this.owner.hintAtDepartures();
  }

  /** Words of people's owner may have been lost that the database can tell. */
  lookAgain(): void {
    for (const run of this.#moved) run();
  }

  /** Some of what was said between the node and this one is lost: sessions here may have missed it. */
  broken(node: number): void {
    if (this.#on.slots.of(people_slot).node === node) this.#on.close(null);
    const asking = this.#asking.get(node);
    if (asking) asking.is_answered = false;
    this.#answer();
    this.owner.ask(node);
    this.lookAgain();
  }

  /** Nothing was heard of the node for so long: of what it told before, the next owner finds out only the last. */
  silent(node: number, silent_ms: number): void {
    const is_owner = this.#on.slots.of(people_slot).node === node;
    if (is_owner && silent_ms > limits.people_lately_ms) this.#on.close(null);
  }

  /** The node is there no more. */
  gone(node: number): void {
    this.#asking.delete(node);
    this.owner.gone(node);
  }

  /** As the owner: how somebody stands from now on, for this node and all others. */
  note(standing: Standing): void {
    this.#on.holdings.speak(people_slot, () => {
      this.view.note(standing);
      this.#on.peers.sayToAll(item({ kind: "standing", standing }));
    });
  }

  take(from: number, head: Extract<Head, { kind: "who" | "here" | "strangers" | "standing" | "standings" }>): void {
    if (head.kind === "who") {
      this.#asking.set(from, { request: head.request, is_answered: false });
      return this.#answer();
    }
    if (head.kind === "here") return this.owner.listed(from, head.request, head.listing);
    if (this.#on.slots.of(people_slot).node !== from) return;
    if (head.kind === "strangers") return this.#on.close(head.sessions);
    if (head.kind === "standing") return this.view.note(head.standing);
    const otherwise = this.view.replace(head.standings);
    if (otherwise.length > 0) this.#on.retell(otherwise);
  }

  #answer(): void {
    const { node } = this.#on.slots.of(people_slot);
    const asking = node === null ? undefined : this.#asking.get(node);
    if (node === null || !asking || asking.is_answered) return;
    asking.is_answered = true;
    this.#on.peers.say(node, item({ kind: "here", request: asking.request, listing: this.view.list() }));
  }
}
