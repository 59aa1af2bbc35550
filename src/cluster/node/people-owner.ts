// How one node comes to know all people when it becomes their owner: it asks the nodes for their sessions, and each answers
// once it follows this one. Until all that are at work and aren't silent have answered, nothing of people is begun;
// sessions of which it hears later have to come again. The owner before is never asked: it may be dead. Whatever a node
// says later of its sessions, after a stream to it began anew, holds as well: of others the registry lets go.

import type { HeardSession, PresenceCalls } from "../../actors/people/calls.ts";
import { monotonic } from "../../clock.ts";
import type { Person } from "../../domain/presence.ts";
import { people_slot } from "../slots.ts";
import type { Item } from "../streams/envelope.ts";
import type { Holdings } from "./holdings.ts";
import { item } from "./items.ts";
import { type ListedSession, type Listing, type PeopleView, topicsOf } from "./people-view.ts";
import type { RemoteListeners } from "./remote-listeners.ts";

export interface PeopleOwnerOptions {
  view: PeopleView;
  holdings: Holdings;
  /** Sessions of other nodes that hear of people. */
  listeners: RemoteListeners;
  say(node: number, said: Item): boolean;
  /** The other nodes. */
  peers(): Iterable<number>;
  /** It may have sessions. */
  isAtWork(node: number): boolean;
  /** Nothing was heard of it for too long. */
  isSilent(node: number): boolean;
  /** Told to the registry; settles when it has done it. */
  inherit(known: PresenceCalls["inherit"]["request"]): Promise<unknown>;
  /** Told to the registry, if there is one: the node has these sessions, and no others. */
  keep(node: number, sessions: readonly number[]): void;
  /** Told to the registry, if there is one: a node is gone that may have ended accounts and told nobody. */
  hintAtDepartures(): void;
  /** Has this node's own sessions told how these people look, behind `inherit`. */
  retell(people: readonly Person[]): void;
  /** Those that are silent aren't waited for any longer: calls `goOn`, in a turn of its own. */
  onLate(): void;
  /** People are served from now on. */
  onReady(): void;
}

/** A node that is silent is waited for no longer: it lives, as the database says, and can't be reached. */
const PATIENCE_MS = 3_000;

export class PeopleOwner {
  readonly #on: PeopleOwnerOptions;
  /** By node: the number under which it was asked and hasn't answered. */
  readonly #asked = new Map<number, number>();
  #requests = 0;
  /** What has come so far, by node, before people are served. */
  #gathered: Map<number, Listing> | null = null;
  #late: ReturnType<typeof setTimeout> | undefined;
  #began_ms = 0;

  constructor(options: PeopleOwnerOptions) {
    this.#on = options;
  }

  /** People are this node's from now on, which knows nothing of them yet. */
  begin(): void {
    this.#gathered = new Map();
    this.#began_ms = monotonic();
    clearTimeout(this.#late);
    this.#late = setTimeout(this.#on.onLate, PATIENCE_MS).unref();
    this.#on.holdings.hold(people_slot);
    for (const node of this.#on.peers()) this.ask(node);
    this.goOn();
  }

  /** What it knows of its sessions is wanted, if people are this node's. */
  ask(node: number): void {
    if (!this.#on.holdings.isMine(people_slot)) return;
    this.#requests += 1;
    this.#asked.set(node, this.#requests);
    this.#on.say(node, item({ kind: "who", request: this.#requests }));
  }

  isToList(node: number): boolean {
    return this.#asked.has(node);
  }

  /** The node is there no more. */
  gone(node: number): void {
    this.#asked.delete(node);
    this.#gathered?.delete(node);
    if (this.#on.holdings.isMine(people_slot)) this.#on.keep(node, []);
    this.hintAtDepartures();
    this.goOn();
  }

  /** Who takes people over does so by itself. */
  hintAtDepartures(): void {
    if (this.#on.holdings.isServing(people_slot)) this.#on.hintAtDepartures();
  }

  listed(node: number, request: number, listing: Listing): void {
    if (this.#asked.get(node) !== request) return;
    this.#asked.delete(node);
    if (!this.#on.holdings.isMine(people_slot)) return;
    if (this.#gathered) {
      this.#takeTopics(listing.sessions);
      this.#gathered.set(node, listing);
      return this.goOn();
    }
    const { listeners, say, keep } = this.#on;
    // What the node has asked since is done behind that, so that all whom the registry has let in since are listed.
    keep(
      node,
      [...listing.sessions, ...listing.opening].map(({ session }) => session),
    );
    const strangers = listing.sessions.flatMap(({ session }) => (listeners.topics(session).size === 0 ? session : []));
    if (strangers.length > 0) say(node, item({ kind: "strangers", sessions: strangers }));
    this.#show(node);
    this.#on.onReady();
  }

  /** Begins to serve, once all have answered of whom it can be expected. */
  goOn(): void {
    const { view, holdings, isAtWork, isSilent, inherit, retell, onReady } = this.#on;
    // What is being given has no owner any more here, and begins once more where it stays.
    if (!this.#gathered || !holdings.isMine(people_slot) || holdings.isGiving(people_slot)) return;
    const is_patient = monotonic() - this.#began_ms < PATIENCE_MS;
    if ([...this.#asked.keys()].some((node) => isAtWork(node) && (is_patient || !isSilent(node)))) return;
    const listings = [...this.#gathered.values(), view.list()];
    this.#gathered = null;
    const otherwise = view.learn(listings.flatMap(({ standings }) => standings));
    const whole = listings.map(plain);
    const inherited = inherit({
      standings: view.known,
      sessions: whole.flatMap(({ sessions }) => sessions),
      opening: whole.flatMap(({ opening }) => opening),
    });
    // Whatever is asked from now on comes behind that.
    holdings.release(people_slot);
    void inherited.then(() => {
      if (otherwise.length > 0) retell(otherwise);
      for (const node of this.#on.peers()) this.#show(node);
    });
    onReady();
  }

  /** The node finds out what its sessions were told otherwise. */
  #show(node: number): void {
    const { view, holdings, say } = this.#on;
    if (holdings.isMine(people_slot)) say(node, item({ kind: "standings", standings: view.standings }));
  }

  #takeTopics(sessions: readonly ListedSession[]): void {
    for (const listed of sessions) {
      for (const topic of topicsOf(listed)) this.#on.listeners.add(listed.session, topic);
    }
  }
}

/** As the registry wants it. */
function plain({ sessions, opening }: Listing): { sessions: HeardSession[]; opening: Listing["opening"] } {
  return {
    sessions: sessions.map(({ session, user_id, told, is_active }) => ({ session, user_id, told, is_active })),
    opening,
  };
}
