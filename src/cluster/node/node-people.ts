// People, as one node has to do with them: as their owner, as one that tells the owner what it knows, and as one that may
// be the next. Which of these it is, the slots say.

import type { SessionId } from "../../actors/delivery/gateway.ts";
import type { PresenceCalls, Standing } from "../../actors/people/calls.ts";
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
  /** Tells the registry of this node that a node is there no more. */
  gone(node: number): void;
}

export class NodePeople {
  readonly view: PeopleView;
  readonly #on: NodePeopleOptions;
  readonly #owner: PeopleOwner;
  /** Who wants to know what this node knows, and hears it once this node follows them. */
  #asking: { node: number; request: number } | null = null;
  readonly #moved: (() => void)[] = [];

  constructor(options: NodePeopleOptions) {
    const { view, holdings, listeners, peers, inherit, goOn, inLine } = options;
    this.#on = options;
    this.view = view;
    this.#owner = new PeopleOwner({
      ...{ view, holdings, listeners, inherit, onReady: goOn },
      onLate: () => inLine(() => this.goOn()),
      say: (node, said) => peers.say(node, said),
      peers: () => peers.numbers,
      isAtWork: (node) => peers.isAtWork(node),
      isSilent: (node) => peers.isSilent(node),
    });
  }

  whenMoved(run: () => void): void {
    this.#moved.push(run);
  }

  /** People have another owner than before, or one at all. */
  follow(): void {
    if (this.#on.slots.of(people_slot).node === this.#on.me) this.begin();
    this.#answer();
    this.lookAgain();
  }

  /** Words of people's owner may have been lost that the database can tell. */
  lookAgain(): void {
    for (const run of this.#moved) run();
  }

  /** People are this node's, which knows nothing of them yet. */
  begin(): void {
    this.#owner.begin();
  }

  /** As the owner, which wants to know what the node knows. */
  ask(node: number): void {
    this.#owner.ask(node);
  }

  /** As the owner, which waits for that. */
  isToList(node: number): boolean {
    return this.#owner.isToList(node);
  }

  /** Who is silent may have changed. */
  goOn(): void {
    this.#owner.goOn();
  }

  /** Some of what was said between the node and this one is lost: sessions here may have missed it. */
  broken(node: number): void {
    if (this.#on.slots.of(people_slot).node === node) this.#on.close(null);
    this.#owner.ask(node);
    this.lookAgain();
  }

  /** The node is there no more. */
  gone(node: number): void {
    const { holdings, gone } = this.#on;
    this.#owner.gone(node);
    if (holdings.isMine(people_slot) && !holdings.isGiving(people_slot)) gone(node);
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
      this.#asking = { node: from, request: head.request };
      return this.#answer();
    }
    if (head.kind === "here") return this.#owner.listed(from, head.request, head.listing);
    if (this.#on.slots.of(people_slot).node !== from) return;
    if (head.kind === "strangers") return this.#on.close(head.sessions);
    if (head.kind === "standing") return this.view.note(head.standing);
    const otherwise = this.view.replace(head.standings);
    if (otherwise.length > 0) this.#on.retell(otherwise);
  }

  #answer(): void {
    const { slots, peers } = this.#on;
    if (!this.#asking || slots.of(people_slot).node !== this.#asking.node) return;
    const { node, request } = this.#asking;
    this.#asking = null;
    peers.say(node, item({ kind: "here", request, listing: this.view.list() }));
  }
}
