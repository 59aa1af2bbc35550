// One node of a cluster: its place among the others, its streams to them, and what its actors stand on. It hears of every
// change of who has what, and has each part do what follows: what was asked of a lost node is asked anew, what its
// sessions heard of a room that moved is told to the room's new owner, and rooms that are another's now are let go.

import type { Gateway, SessionId } from "../../actors/delivery/gateway.ts";
import type { Line } from "../../actors/delivery/line.ts";
import type { Runtime } from "../../actors/runtime.ts";
import type { Perform } from "../../db/engine/write.ts";
import { type IdGenerator, nodeOfId } from "../../domain/ids.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import { firstAskOf } from "../membership/decisions.ts";
import { people_slot, slotOf } from "../slots.ts";
import type { Item } from "../streams/envelope.ts";
import type { SharedWriting } from "../writing/shared-writing.ts";
import { Ears } from "./ears.ts";
import { Giving } from "./giving.ts";
import { HeardTopics } from "./heard-topics.ts";
import { Hearing } from "./hearing.ts";
import { Holdings } from "./holdings.ts";
import { Holds } from "./holds.ts";
import { type Head, item } from "./items.ts";
import { ListenersBySlot } from "./listeners-by-slot.ts";
import { Losses } from "./losses.ts";
import { NodeActors } from "./node-actors.ts";
import { NodePeople } from "./node-people.ts";
import { Peers, type PeersOptions } from "./peers.ts";
import { PeopleView } from "./people-view.ts";
import { Places } from "./places.ts";
import { Resuming } from "./resuming.ts";
import { SlotView, type Turn } from "./slot-view.ts";
import { Voices } from "./voices.ts";

/** The sockets of a node, which has them all close where it can't tell what their sessions should have heard. */
export interface Sockets extends Gateway {
  closeAll(reason: CloseReason): void;
}

export interface NodeOptions extends Omit<PeersOptions, "onItems" | "onKnown" | "onBroken" | "onSilence"> {
  sockets: Sockets;
  perform: Perform;
  writing: Pick<SharedWriting, "take" | "lost" | "through">;
}

export class ClusterNode {
  readonly #on: NodeOptions;
  readonly #me: number;
  readonly #peers: Peers;
  readonly #listeners = new ListenersBySlot();
  readonly #heard = new HeardTopics();
  readonly #holds: Holds;
  readonly #ears: Ears;
  readonly #hearing: Hearing;
  readonly #resuming: Resuming;
  readonly #view = new SlotView();
  readonly #places: Places;
  readonly #holdings: Holdings;
  readonly #giving: Giving;
  readonly #voices: Voices;
  readonly #people: NodePeople;
  readonly #losses: Losses;
  #is_leaving = false;
  #actors: NodeActors | null = null;
  #line: Line | null = null;

  constructor(options: NodeOptions) {
    this.#on = options;
    const { membership, wire, times, waiting_bytes, clock, perform } = options;
    this.#me = membership.place.number;
    this.#holds = new Holds(options.sockets);
    const known_people = new PeopleView(options.sockets);
    const mine = { sockets: options.sockets, heard: this.#heard, people: known_people };
    const say = (node: number, said: Item) => this.#peers.say(node, said);
    this.#ears = new Ears({ ...mine, holds: this.#holds, say });
    this.#resuming = new Resuming({
      ...mine,
      tell: (session, moved) => this.#actors?.tell(`session:${session}`, "moved", moved),
    });
    this.#holdings = new Holdings({ me: this.#me, view: this.#view, isGood: () => membership.isGood });
    this.#voices = new Voices({
      ...{ ...mine, me: this.#me, holds: this.#holds, say, isThere: (node) => this.#peers.has(node) },
      ...{ view: this.#view, holdings: this.#holdings, by_slot: this.#listeners, perform },
      sendAll: (session, frames) => this.#ears.sendAll(session, frames),
    });
    this.#hearing = new Hearing({ isGood: () => membership.isGood, clock });
    const noted = (task: () => void) => this.#hearing.take([], () => this.#inLine(task));
    this.#peers = new Peers({
      ...{ membership, wire, times, waiting_bytes, clock },
      onItems: (node, items) => this.#hearing.take(items, (heard) => this.#take(node, heard)),
      onKnown: (node) => noted(() => this.#known(node)),
      onBroken: (node) => noted(() => this.#losses.broken(node)),
      onSilence: () => noted(() => this.#people.owner.goOn()),
    });
    this.#places = new Places({
      ...{ me: this.#me, view: this.#view, membership },
      say: (node, said) => void say(node, said),
      sayToAll: (said) => this.#peers.sayToAll(said),
    });
    this.#people = new NodePeople({
      ...{ me: this.#me, slots: this.#view, view: known_people, holdings: this.#holdings, peers: this.#peers },
      listeners: this.#listeners.of(people_slot),
      inherit: async (known) => this.#actors?.askHere("presence", "inherit", known),
      close: (sessions) => {
        if (!sessions) return options.sockets.closeAll("server_fault");
        for (const session of sessions) options.sockets.close(session, "server_fault");
      },
      inLine: (task) => this.#inLine(task),
      goOn: () => this.#actors?.goOn(),
      retell: (people) => this.#actors?.tell("presence", "retell", { node: this.#me, people }),
      hintAtDepartures: () => void this.#actors?.tellHere("presence", "hint_at_departures", null, { if_there: true }),
      keep: (node, sessions) =>
        void this.#actors?.tellHere("presence", "node_has", { node, sessions }, { if_there: true }),
    });
    this.#losses = new Losses({
      ...{ listeners: this.#listeners, places: this.#places, people: this.#people, peers: this.#peers },
      ...{ resuming: this.#resuming, view: this.#view, actors: () => this.#actors, writing: options.writing },
      follow: (turns) => this.#follow(turns),
    });
    this.#giving = new Giving({
      ...{ membership, holdings: this.#holdings },
      isReached: (node) => this.#peers.isReached(node),
      isLeaving: () => this.#is_leaving,
      end: async (slots) => {
        await Promise.all((this.#actors?.ownersIn(slots) ?? []).map((address) => this.#actors?.retire(address)));
      },
      onSpared: (slots) => this.#inLine(() => this.#spared(slots)),
      onGiven: (slots) => this.#inLine(() => this.#given(slots)),
    });
    const first_id = firstAskOf(membership.place);
    options.writing.through({ me: this.#me, first_id, writer: () => this.#writer(), say });
  }

  /** Who has people writes for all; null where it can't be reached. */
  #writer(): number | null {
    const { node } = this.#view.of(people_slot);
    return node === this.#me || (node !== null && this.#peers.isReached(node)) ? node : null;
  }

  /** What the actors of this node stand on. */
  createRuntime(line: Line): Omit<Runtime, "duty"> {
    const { membership, perform } = this.#on;
    this.#line = line;
    const people = this.#voices.of(line, people_slot, null);
    return {
      ...{ ids: this.#ids(), perform, hints_lag: true, gateway: this.#voices.ofNode(line) },
      createActors: (options) => {
        this.#actors = new NodeActors(options, {
          ...{ me: this.#me, view: this.#view, holdings: this.#holdings, holds: this.#holds },
          first_ask: firstAskOf(membership.place),
          say: (node, said) => this.#peers.say(node, said),
          peers: () => this.#peers.numbers,
          lookAgain: () => void membership.renew(),
          answered: (session, topic, seq) => this.#heard.answered(session, topic, seq),
          isToList: (node) => this.#people.owner.isToList(node),
          claimed: (claiming) => this.#people.view.claimed(claiming),
          active: (session, is_active) => this.#people.view.active(session, is_active),
          isResuming: (address, request) => this.#resuming.isGoingOn(address, request),
          resumed: (address, request, outcome) => this.#resuming.end(address, request, outcome),
        });
        return this.#actors;
      },
      forRoom: (server_id) => this.#voices.of(line, slotOf(server_id), server_id),
      forPeople: () => ({ ...people, onStanding: (standing) => line.put(() => this.#people.note(standing)) }),
      whenPeopleMoved: (run) => this.#people.whenMoved(run),
    };
  }

  /** Nodes and slots are known as they are now, which may be others than before. */
  renewed(): void {
    // Before there is anybody to hear it, nothing is heard.
    if (!this.#actors) return;
    this.#hearing.goOn();
    this.#inLine(() => {
      const gone = this.#peers.meet();
      this.#follow(this.#places.learn());
      for (const [number, silent_ms] of gone) this.#losses.gone(number, silent_ms);
      this.#holdings.sayUnsaid();
      this.#people.owner.goOn();
      this.#actors?.goOn();
    });
    void this.#giving.goOn();
  }

  /** Gives all rooms to other nodes, as far as they can be reached. Rejects with DatabaseError. */
  async handOver(): Promise<void> {
    this.#is_leaving = true;
    await this.#on.membership.announceLeave();
    await this.#giving.goOn();
  }

  /** The session of this node has ended. */
  ended(session: SessionId): void {
    this.#heard.drop(session);
    this.#holds.drop(session);
    this.#people.view.drop(session);
    this.#peers.sayToAll(item({ kind: "gone", session }));
  }

  /** What it counts and measures. */
  readings() {
    const counted = { moves: this.#view.moves, resumes: this.#resuming.begun, holds: this.#holds.size };
    return { ...counted, fenced: this.#voices.fenced, links: this.#peers.readings(), answered: this.#actors?.answered };
  }

  close(): void {
    this.#on.writing.through(null);
    this.#people.close();
    this.#peers.close();
  }

  /** Others may have made ids up to what they have stored that they may. */
  #ids(): IdGenerator {
    const { membership } = this.#on;
    const reached = () => Math.max(membership.ids.next(), membership.ceiling);
    const readReached = () => membership.renew().then(reached);
    return { ...membership.ids, reached, readReached };
  }

  #inLine(task: () => void): void {
    if (!this.#line) return task();
    this.#line.put(task);
    this.#line.flush();
  }

  /** The other knows this node: what it is told from now on it hears. */
  #known(node: number): void {
    this.#places.sayTo(node);
    this.#people.owner.ask(node);
    this.#actors?.goOn();
  }

  /** Another node says where slots lie. */
  #moved(from: number, { slots, made }: Extract<Head, { kind: "moved" }>): void {
    this.#follow(this.#places.heard(from, slots, made));
    this.#actors?.goOn();
  }

  /** Slots of this node were to be another's: those that are, are let go; what heard of the others hears of them again. */
  #given(slots: readonly number[]): void {
    for (const slot of slots) this.#listeners.of(slot).clear();
    const turns = this.#places.letGo(slots);
    const kept = slots.filter((slot) => this.#holdings.isMine(slot));
    for (const slot of slots) this.#holdings.reopen(slot);
    this.#follow(turns);
    this.#again(kept);
    if (kept.includes(people_slot)) this.#people.owner.begin();
    this.#actors?.goOn();
  }

  /** Of what stays somebody was not told what they should have been. */
  #spared(slots: readonly number[]): void {
    this.#again(slots.filter((slot) => slot !== people_slot));
    if (slots.includes(people_slot)) this.#people.lookAgain();
    this.#actors?.goOn();
  }

  /** What heard of these slots of this node hears of them anew. */
  #again(slots: readonly number[]): void {
    for (const slot of slots) this.#listeners.of(slot).clear();
    if (slots.length > 0) this.#peers.sayToAll(item({ kind: "again", slots }));
    this.#resuming.begin(new Set(slots));
  }

  /** Sessions here hear of these slots from where they are now. What they ask goes on only once they are resuming. */
  #follow(turns: readonly Turn[]): void {
    const slots = new Set(turns.flatMap(({ slot, now }) => (now.node === null ? [] : [slot])));
    this.#resuming.begin(slots);
    if (slots.has(people_slot)) this.#people.follow();
  }

  #take(from: number, items: readonly Item[]): void {
    const line = this.#line;
    if (!line) return;
    for (const { head, text = "" } of items) line.put(() => this.#takeOne(from, head as unknown as Head, text));
    line.flush();
  }

  #takeOne(from: number, head: Head, text: string): void {
    switch (head.kind) {
      case "ask":
      case "mark":
      case "answer":
      case "elsewhere":
        return this.#actors?.take(from, head, text);
      case "commit":
      case "committed":
        return this.#on.writing.take(from, head, text);
      case "moved":
        return this.#moved(from, head);
      case "again":
        return this.#resuming.begin(new Set(head.slots.filter((slot) => this.#view.of(slot).node === from)));
      case "who":
      case "here":
      case "strangers":
      case "standing":
      case "standings":
        return this.#people.take(from, head);
      case "gone":
        return nodeOfId(head.session) === from ? this.#losses.ended(head.session) : undefined;
      default:
        return this.#ears.take(from, head, text);
    }
  }
}
