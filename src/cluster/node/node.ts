// One node of a cluster: its place among the others, its streams to them, and what its actors stand on. It hears of every
// change of who has what, and has each part do what follows: what was asked of a lost node is asked anew, what its
// sessions heard of a room that moved is told to the room's new owner, and rooms that are another's now are let go.

import type { Gateway, SessionId, Topic } from "../../actors/delivery/gateway.ts";
import type { Line } from "../../actors/delivery/line.ts";
import { LinedGateway } from "../../actors/delivery/lined-gateway.ts";
import type { Runtime, Voice } from "../../actors/runtime.ts";
import type { Perform } from "../../db/engine/write.ts";
import { nodeOfId } from "../../domain/ids.ts";
import type { Membership } from "../membership/membership.ts";
import { fencing } from "../slot-fence.ts";
import { people_slot, slotOf } from "../slots.ts";
import type { Item, PeerId } from "../streams/envelope.ts";
import { Links, type Wire } from "../streams/links.ts";
import { HeardTopics } from "./heard-topics.ts";
import { framesOf, type Head, item } from "./items.ts";
import { NodeActors } from "./node-actors.ts";
import { NodeGateway, type NodeGatewayParts, type Speaker } from "./node-gateway.ts";
import { RemoteListeners } from "./remote-listeners.ts";
import { isRepeatable } from "./repeatable.ts";

export interface NodeOptions {
  membership: Membership;
  wire: Wire;
  sockets: Gateway;
  perform: Perform;
  times: { beat_ms: number; silence_ms: number };
  /** Bytes that may wait for one other node. */
  waiting_bytes: number;
  clock(): number;
}

/** So many slots are handed over in one step: what is asked of them meanwhile waits. */
const SLOTS_AT_ONCE = 32;

export class ClusterNode {
  readonly #on: NodeOptions;
  readonly #links: Links;
  readonly #listeners = new RemoteListeners();
  readonly #heard = new HeardTopics();
  readonly #me: number;
  /** By number: the one that is there. */
  #peers = new Map<number, PeerId>();
  /** By slot: who had it, in which epoch, when that was last looked at. */
  readonly #owners = new Map<number, string>();
  #actors: NodeActors | null = null;
  readonly #giving = new Set<number>();
  #rebalancing: Promise<void> | null = null;
  #line: Line | null = null;
  /** The node's own way to its sockets, in the line. */
  #sockets: LinedGateway | null = null;

  constructor(options: NodeOptions) {
    this.#on = options;
    const { membership, wire, times, waiting_bytes, clock } = options;
    const { number, incarnation } = membership.place;
    this.#me = number;
    this.#links = new Links({
      ...{ me: `${number}.${incarnation}`, wire, ...times, waiting_bytes, clock },
      onItems: (peer, items) => this.#take(numberOf(peer), items),
      onLost: (peer) => this.#lost(numberOf(peer)),
      onUnheard: (peer) => this.#unheard(numberOf(peer)),
      onSilence: () => {},
    });
  }

  /** What the actors of this node stand on. */
  createRuntime(line: Line): Runtime {
    const { membership, perform, sockets } = this.#on;
    this.#line = line;
    this.#sockets = new LinedGateway(line, sockets);
    const voices = new Map<number, Voice>();
    const voiceOf = (slot: number, server_id: number | null): Voice => ({
      gateway: new LinedGateway(
        line,
        this.#gateway({ server_id, mayTell: () => this.#isServing(slot), isLeaving: () => false }),
      ),
      perform: fencing(perform, () => this.#fenceOf(slot)),
    });
    const own = this.#gateway({ server_id: null, mayTell: () => true, isLeaving: () => false });
    const people = voiceOf(people_slot, null);
    return {
      ...{ ids: membership.ids, perform },
      gateway: new LinedGateway(line, own),
      createActors: (options) => {
        this.#actors = new NodeActors(options, {
          me: this.#me,
          nodeOfSlot: (slot) => membership.slot(slot).node,
          isServing: (slot) => this.#isServing(slot) && !this.#giving.has(slot),
          mayTell: (slot) => this.#isServing(slot),
          say: (node, said) => this.#say(node, said),
          lookAgain: () => void membership.renew(),
          isRepeatable,
        });
        return this.#actors;
      },
      forRoom: (server_id) => {
        const slot = slotOf(server_id);
        const voice = voices.get(slot) ?? voiceOf(slot, null);
        voices.set(slot, voice);
        const speaker: Speaker = {
          server_id,
          mayTell: () => this.#isServing(slot),
          isLeaving: () => this.#giving.has(slot),
        };
        return { ...voice, gateway: new LinedGateway(line, this.#gateway(speaker)) };
      },
      forPeople: () => people,
    };
  }

  /** Nodes and slots are known as they are now, which may be others than before. */
  renewed(): void {
    const { membership } = this.#on;
    const peers = new Map(
      membership.nodes
        .filter(({ number }) => number !== this.#me)
        .map(({ number, incarnation }) => [number, `${number}.${incarnation}` as PeerId]),
    );
    const gone = [...this.#peers].filter(([number, peer]) => peers.get(number) !== peer);
    this.#peers = peers;
    this.#links.setPeers(peers.values());
    for (const [number] of gone) {
      this.#unheard(number);
      this.#actors?.lost(number);
    }
    const moved = this.#movedSlots();
    if (moved.size > 0) this.#follow(moved);
    this.#actors?.moved();
    if (this.#slotsToGive().length > 0) void this.rebalance();
  }

  /** Hands over what should be another's, until nothing is. Never rejects. */
  rebalance(): Promise<void> {
    this.#rebalancing ??= this.#giveAll().finally(() => {
      this.#rebalancing = null;
    });
    return this.#rebalancing;
  }

  /** The session of this node has ended. */
  ended(session: SessionId): void {
    this.#heard.drop(session);
    for (const peer of this.#peers.values()) this.#links.say(peer, item({ kind: "gone", session }));
  }

  close(): void {
    this.#links.close();
  }

  #gateway(speaker: Speaker): NodeGateway {
    const parts: NodeGatewayParts = {
      ...{ me: this.#me, sockets: this.#on.sockets, listeners: this.#listeners, heard: this.#heard },
      say: (node, said) => this.#say(node, said),
      isThere: (node) => this.#peers.has(node),
    };
    return new NodeGateway(parts, speaker);
  }

  #say(node: number, said: Item): boolean {
    const peer = this.#peers.get(node);
    return peer !== undefined && this.#links.say(peer, said);
  }

  #isServing(slot: number): boolean {
    const { membership } = this.#on;
    return membership.isGood && membership.slot(slot).node === this.#me;
  }

  #fenceOf(slot: number) {
    const { node, epoch } = this.#on.membership.slot(slot);
    return node === this.#me ? ([this.#me, slot, epoch] as const) : null;
  }

  #slotsToGive() {
    return this.#on.membership.toGive().filter(({ slot }) => slot !== people_slot);
  }

  async #giveAll(): Promise<void> {
    for (let slots = this.#slotsToGive(); slots.length > 0; slots = this.#slotsToGive()) {
      const to = slots[0]?.to ?? 0;
      const lot = slots.filter((one) => one.to === to).slice(0, SLOTS_AT_ONCE);
      const is_given = await this.#giveLot(lot, to).catch(() => false);
      for (const { slot } of lot) this.#giving.delete(slot);
      this.#actors?.moved();
      if (!is_given) return;
      for (const peer of this.#peers.values()) this.#links.say(peer, item({ kind: "moved" }));
    }
  }

  /** What is asked of them waits from now on; what was asked is done first. */
  async #giveLot(lot: readonly { slot: number; epoch: number }[], to: number): Promise<boolean> {
    for (const { slot } of lot) this.#giving.add(slot);
    const rooms = this.#roomsIn((slot) => this.#giving.has(slot));
    await Promise.all(rooms.map((address) => this.#actors?.retire(address)));
    return (await this.#on.membership.give(lot, to)) > 0;
  }

  #roomsIn(isMeant: (slot: number) => boolean): `room:${number}`[] {
    const addresses = (this.#actors?.addresses("room") ?? []) as `room:${number}`[];
    return addresses.filter((address) => isMeant(slotOf(Number(address.slice("room:".length)))));
  }

  /** The slots that somebody else has than when it was last looked. */
  #movedSlots(): Set<number> {
    const moved = new Set<number>();
    for (let slot = 0; slot <= people_slot; slot += 1) {
      const { node, epoch } = this.#on.membership.slot(slot);
      const owner = `${node} ${epoch}`;
      const before = this.#owners.get(slot);
      this.#owners.set(slot, owner);
      if (before !== undefined && before !== owner) moved.add(slot);
    }
    return moved;
  }

  /** Rooms that are another's now are let go, and what sessions here heard of those that moved is told to their owner. */
  #follow(moved: ReadonlySet<number>): void {
    for (const address of this.#roomsIn((slot) => moved.has(slot))) this.#actors?.stop(address);
    for (const server_id of [...this.#heard.servers]) {
      if (moved.has(slotOf(server_id)) && this.#on.membership.slot(slotOf(server_id)).node !== null)
        this.#resume(server_id);
    }
  }

  /**
   * What comes of it is told to each session by itself, and then it is subscribed anew, if it may hear of it: meanwhile
   * it hears nothing of the room, whatever others here hear.
   */
  #resume(server_id: number): void {
    for (const { session, heard } of this.#heard.ofRoom(server_id)) {
      for (const topic of Object.keys(heard) as Topic[]) {
        this.#heard.unsubscribed(session, topic);
        this.#sockets?.unsubscribe(session, topic);
      }
      this.#actors?.tell(`session:${session}`, "moved", { server_id, heard });
    }
  }

  /** Something that a node said was lost: its answers, and what it told of its rooms. */
  #lost(node: number): void {
    this.#actors?.lost(node);
    for (const server_id of [...this.#heard.servers]) {
      if (this.#on.membership.slot(slotOf(server_id)).node === node) this.#resume(server_id);
    }
  }

  /** A node has gone, or lacks something that it was told: its sessions hear of nothing here until they come again. */
  #unheard(node: number): void {
    for (const session of this.#listeners.dropNode(node)) this.#forget(session);
  }

  /** A session of another node hears of this node's rooms no more. */
  #forget(session: SessionId): void {
    this.#listeners.drop(session);
    for (const address of this.#actors?.addresses("room") ?? []) {
      this.#actors?.tell(address as `room:${number}`, "forget", { session });
    }
  }

  #take(from: number, items: readonly Item[]): void {
    for (const { head, text = "" } of items) this.#takeOne(from, head as unknown as Head, text);
    this.#line?.flush();
  }

  #takeOne(from: number, head: Head, text: string): void {
    const sockets = this.#sockets;
    switch (head.kind) {
      case "ask":
      case "answer":
      case "elsewhere":
      case "tell":
        return this.#actors?.take(from, head);
      case "send":
        this.#heard.note(text);
        return head.together ? sockets?.sendTogether(head.session, text) : sockets?.send(head.session, text);
      case "send_all":
        return sockets?.sendAll(head.session, framesOf(head.lengths, text));
      case "publish":
        this.#heard.note(text);
        return sockets?.publish(head.topic, text, head.but_not);
      case "subscribe":
        if (!this.#on.sockets.isOpen(head.session)) return this.#sayGone(from, head.session);
        this.#heard.subscribed(head.session, head.topic, head.server_id, head.told);
        return sockets?.subscribe(head.session, head.topic);
      case "unsubscribe":
        this.#heard.unsubscribed(head.session, head.topic);
        return sockets?.unsubscribe(head.session, head.topic);
      case "close":
        return sockets?.close(head.session, head.reason);
      case "moved":
        return void this.#on.membership.renew();
      case "gone":
        if (nodeOfId(head.session) === from) this.#forget(head.session);
    }
  }

  #sayGone(to: number, session: SessionId): void {
    this.#say(to, item({ kind: "gone", session }));
  }
}

function numberOf(peer: PeerId): number {
  return Number(peer.slice(0, peer.indexOf(".")));
}
