// The other nodes that there are, by number, and this one's streams to and from them. What is said to one that isn't there,
// or doesn't know this node yet, is not said, and whoever says it is told so.

import type { Membership } from "../membership/membership.ts";
import type { Item, PeerId } from "../streams/envelope.ts";
import { type LinkReading, Links, type Wire } from "../streams/links.ts";

export interface PeersOptions {
  membership: Membership;
  wire: Wire;
  times: { beat_ms: number; silence_ms: number };
  /** Bytes that may wait for one other node. */
  waiting_bytes: number;
  clock(): number;
  /** All that it said in one round. */
  onItems(node: number, items: readonly Item[]): void;
  /** It knows this node: what it is told from now on it hears. */
  onKnown(node: number): void;
  /** Some of what was said between it and this node is not heard. */
  onBroken(node: number): void;
  onSilence(node: number, is_silent: boolean): void;
}

export class Peers {
  readonly #membership: Membership;
  readonly #links: Links;
  readonly #losses = new Map<number, number>();
  #peers = new Map<number, PeerId>();

  constructor(options: PeersOptions) {
    const { membership, wire, times, waiting_bytes, clock, onItems, onKnown, onBroken, onSilence } = options;
    const { number, incarnation } = membership.place;
    this.#membership = membership;
    this.#links = new Links({
      ...{ me: `${number}.${incarnation}`, wire, ...times, waiting_bytes, clock },
      onItems: (peer, items) => onItems(numberOf(peer), items),
      onKnown: (peer) => onKnown(numberOf(peer)),
      onLost: (peer) => this.#broken(numberOf(peer), onBroken),
      onUnheard: (peer) => this.#broken(numberOf(peer), onBroken),
      onSilence: (peer, is_silent) => onSilence(numberOf(peer), is_silent),
    });
  }

  get numbers(): Iterable<number> {
    return this.#peers.keys();
  }

  has(node: number): boolean {
    return this.#peers.has(node);
  }

  /** Knows those that there are now; returns those that there aren't any more, by number: for how long each was silent. */
  meet(): Map<number, number> {
    const { nodes, place } = this.#membership;
    const peers = new Map(
      nodes
        .filter(({ number }) => number !== place.number)
        .map(({ number, incarnation }) => [number, `${number}.${incarnation}` as PeerId]),
    );
    const silences = this.#links.readings();
    const gone = [...this.#peers].filter(([number, peer]) => peers.get(number) !== peer);
    this.#peers = peers;
    this.#links.setPeers(peers.values());
    return new Map(gone.map(([number, peer]) => [number, silences.get(peer)?.silent_ms ?? 0]));
  }

  /** How it stands with each of the others, and how often something was lost between it and this node. */
  readings(): Map<number, LinkReading & { losses: number }> {
    const own = [...this.#links.readings()].map(([peer, reading]) => [numberOf(peer), reading] as const);
    return new Map(own.map(([number, reading]) => [number, { ...reading, losses: this.#losses.get(number) ?? 0 }]));
  }

  say(node: number, said: Item): boolean {
    const peer = this.#peers.get(node);
    return peer !== undefined && this.#links.isKnownTo(peer) && this.#links.say(peer, said);
  }

  sayToAll(said: Item): void {
    for (const node of this.#peers.keys()) this.say(node, said);
  }

  /** It hears this node, and isn't silent. */
  isReached(node: number): boolean {
    const peer = this.#peers.get(node);
    return peer !== undefined && this.#links.isKnownTo(peer) && !this.#links.isSilent(peer);
  }

  /** It takes sessions, or has. */
  isAtWork(node: number): boolean {
    return this.#membership.nodes.some(({ number, state }) => number === node && state !== "joining");
  }

  isSilent(node: number): boolean {
    const peer = this.#peers.get(node);
    return peer === undefined || this.#links.isSilent(peer);
  }

  close(): void {
    this.#links.close();
  }

  #broken(node: number, tell: (node: number) => void): void {
    this.#losses.set(node, (this.#losses.get(node) ?? 0) + 1);
    tell(node);
  }
}

function numberOf(peer: PeerId): number {
  return Number(peer.slice(0, peer.indexOf(".")));
}
