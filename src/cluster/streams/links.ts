// One node's streams to and from each other node. What it says to one arrives in its order, once, or the loss is told
// of to both. Beats say again and again how far each has got, so that a loss is seen though nothing more is said, and
// that a node is silent. Must not decide who is alive: it tells who is silent.

import { type BeatMessage, decodeMessage, encodeMessage, type Item, type Mark, type PeerId } from "./envelope.ts";
import { Incoming } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";

/** What carries messages: at most once, in order from one node to another while nothing is lost. */
export interface Wire {
  /** The longest message that it carries, in bytes. */
  readonly message_bytes: number;
  publish(to: PeerId, bytes: Uint8Array): void;
  /** All that is sent to this node; ends it. */
  subscribe(me: PeerId, onMessage: (bytes: Uint8Array) => void): () => void;
}

export interface LinksOptions {
  me: PeerId;
  wire: Wire;
  beat_ms: number;
  /** Without a word for this long, a node is silent. */
  silence_ms: number;
  /** Bytes that may wait for one node. */
  waiting_bytes: number;
  /** Milliseconds, never going back. */
  clock(): number;
  /** All that `peer` said in one round. */
  onItems(peer: PeerId, items: readonly Item[]): void;
  /** It knows of this node: what it is told from now on it hears, or the loss is told. */
  onKnown(peer: PeerId): void;
  /** Something that `peer` said will never be heard here; what it says from now on is heard. */
  onLost(peer: PeerId): void;
  /** Something that was said to `peer` will never be heard there. */
  onUnheard(peer: PeerId): void;
  /** It has been silent for too long, or has been heard again. */
  onSilence(peer: PeerId, is_silent: boolean): void;
}

export interface LinkReading {
  waiting_bytes: number;
  is_silent: boolean;
  /** Milliseconds since it was heard. */
  silent_ms: number;
  /** How far it is told, and how far it is heard. */
  told: Mark;
  heard: Mark;
}

interface Link {
  outgoing: Outgoing;
  incoming: Incoming;
  /** It has been heard. */
  is_known: boolean;
  heard_ms: number;
  is_silent: boolean;
}

export class Links {
  readonly #options: LinksOptions;
  readonly #links = new Map<PeerId, Link>();
  readonly #unsubscribe: () => void;
  readonly #beating: ReturnType<typeof setInterval>;
  #is_flushing_soon = false;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#unsubscribe = options.wire.subscribe(options.me, (bytes) => this.#take(bytes));
    this.#beating = setInterval(() => this.beat(), options.beat_ms);
  }

  /** The others, from now on: whoever is not among them is neither heard nor told anything any more. */
  setPeers(peers: Iterable<PeerId>): void {
    const present = new Set(peers);
    for (const peer of this.#links.keys()) {
      if (!present.has(peer)) this.#links.delete(peer);
    }
    for (const peer of present) {
      if (!this.#links.has(peer) && peer !== this.#options.me) this.#links.set(peer, this.#open(peer));
    }
  }

  /** False when it is none of the others. */
  say(to: PeerId, item: Item): boolean {
    const link = this.#links.get(to);
    link?.outgoing.say(item);
    return link !== undefined;
  }

  /** Whether it knows of this node, so that what it is told is heard: it speaks to those alone that it knows. */
  isKnownTo(peer: PeerId): boolean {
    return this.#links.get(peer)?.is_known ?? false;
  }

  isSilent(peer: PeerId): boolean {
    return this.#links.get(peer)?.is_silent ?? true;
  }

  /** Tells all how things stand, and finds out who is silent. */
  beat(): void {
    const now_ms = this.#options.clock();
    for (const [peer, link] of this.#links) {
      this.#beatTo(peer, link);
      if (!link.is_silent && now_ms - link.heard_ms > this.#options.silence_ms) this.#setSilent(peer, link, true);
    }
  }

  readings(): Map<PeerId, LinkReading> {
    const now_ms = this.#options.clock();
    return new Map(
      [...this.#links].map(([peer, { outgoing, incoming, heard_ms, is_silent }]) => {
        const { heard_stream: stream, heard_count: count } = incoming.state;
        const got = { told: outgoing.told, heard: { stream, count } };
        return [peer, { waiting_bytes: outgoing.waiting_bytes, is_silent, silent_ms: now_ms - heard_ms, ...got }];
      }),
    );
  }

  /** Sends what was said, and says and hears nothing any more. */
  close(): void {
    clearInterval(this.#beating);
    for (const { outgoing } of this.#links.values()) outgoing.flush();
    this.#unsubscribe();
    this.#links.clear();
  }

  #open(peer: PeerId): Link {
    const { me, wire, waiting_bytes, clock, onItems, onUnheard } = this.#options;
    const link: Link = {
      outgoing: new Outgoing({
        ...{ me, waiting_bytes, message_bytes: wire.message_bytes },
        publish: (bytes) => wire.publish(peer, bytes),
        onSaid: () => this.#flushSoon(),
        onSending: () => {
          if (link.incoming.state.wants_anew > 0) this.#sayState(peer, link);
        },
        onBrokenOff: () => onUnheard(peer),
      }),
      incoming: new Incoming({
        onItems: (items) => onItems(peer, items),
        onLost: () => this.#lost(peer, link),
      }),
      is_known: false,
      heard_ms: clock(),
      is_silent: false,
    };
    return link;
  }

  /** When the round of the event loop is over: what is said to all of them then goes out in one write. */
  #flushSoon(): void {
    if (this.#is_flushing_soon) return;
    this.#is_flushing_soon = true;
    setImmediate(() => {
      this.#is_flushing_soon = false;
      for (const { outgoing } of this.#links.values()) outgoing.flush();
    });
  }

  #take(bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    const link = message && this.#links.get(message.from);
    if (!link) return;
    link.heard_ms = this.#options.clock();
    if (link.is_silent) this.#setSilent(message.from, link, false);
    if (!link.is_known) {
      link.is_known = true;
      this.#options.onKnown(message.from);
    }
    if (message.kind === "items") return link.incoming.onMessage(message);
    link.incoming.onBeat(message);
    link.outgoing.onBeat(message);
  }

  /** The other hears of it before whatever is said from now on, even if it doesn't hear all. */
  #lost(peer: PeerId, link: Link): void {
    this.#beatTo(peer, link);
    this.#options.onLost(peer);
  }

  #beatTo(peer: PeerId, link: Link): void {
    // What has been said counts as said.
    link.outgoing.flush();
    this.#sayState(peer, link);
  }

  #sayState(peer: PeerId, { outgoing, incoming }: Link): void {
    const { stream, count } = outgoing;
    const beat: BeatMessage = { kind: "beat", from: this.#options.me, stream, count, ...incoming.state };
    this.#options.wire.publish(peer, encodeMessage(beat));
  }

  #setSilent(peer: PeerId, link: Link, is_silent: boolean): void {
    link.is_silent = is_silent;
    this.#options.onSilence(peer, is_silent);
  }
}
