// One node's place among the others, as rows of the database: its number, the lease by which it answers for its slots,
// and what it knows of who has which. It renews the lease, takes the slots of those that died and of those that left,
// and says when it is no node any more. Must not compare clocks: a lease runs by the node's own, from when it asked.

import type { DatabaseServer } from "../../db/engine/database-server.ts";
import type { SqlValue, Statement } from "../../db/engine/driver.ts";
import { LEAST_SYNCHRONOUS } from "../../db/engine/fence.ts";
import { idsWithin, type NodeIds } from "../../domain/ids.ts";
import { resultsOf, within } from "./answers.ts";
import type { Place, SeenNode, SeenSlot } from "./decisions.ts";
import { Beats, deadOf, slotsToClaim, slotsToGive, slotsWithout } from "./decisions.ts";
import { KnownSlots } from "./known-slots.ts";
import { takeNumber } from "./numbers.ts";
import { RenewalWay } from "./renewal-way.ts";
import * as tables from "./tables.ts";

export interface MembershipTimes {
  renew_ms: number;
  /** A renewal that isn't answered for so long is asked for anew. */
  patience_ms: number;
  /** A hand-over that isn't answered for so long is given up. */
  giving_ms: number;
  /** A lease is good for so long after the renewal was asked for. */
  lease_ms: number;
  /** A node whose beat stood still for so long is dead; longer than a lease. */
  dead_ms: number;
  /** A free slot that the one whose share it is hasn't taken for so long goes to anyone. */
  overdue_ms: number;
}

export interface MembershipOptions {
  server: DatabaseServer;
  /** Who this process is among the nodes; no other ever is. */
  holder: string;
  times: MembershipTimes;
  /** What others are told of this node. */
  description: Readonly<Record<string, string | number>>;
  /** A server that doesn't sync its commits will do. */
  allowUnsafe: boolean;
  /** Makes the ids of the node of this number. */
  createIds(node: number): NodeIds;
  /** Milliseconds, never going back. */
  clock(): number;
  /** The lease is good again, and nodes and slots are known as they were then. */
  onRenewed(): void;
  /** This process is no node any more: another one may have its slots. Once. */
  onLost(reason: string): void;
}

/** An id is stored to be made so long before it may be; longer than a lease, and than a renewal may take. */
const CEILING_MS = 2_000;

export class Membership {
  readonly #options: MembershipOptions;
  readonly #holder: string;
  readonly #beats = new Beats();
  /** Whose processes have ended for certain. */
  readonly #gone = new Set<string>();
  #place: Place = { number: -1, incarnation: 0 };
  #term = 0;
  #good_until_ms = 0;
  readonly #way: RenewalWay;
  /** When it asked for a renewal last. */
  #asked_ms = 0;
  #is_over = false;
  #lost: string | null = null;
  #nodes: readonly SeenNode[] = [];
  readonly #slots = new KnownSlots();
  #ceiling = 0;
  #ids: NodeIds | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #round: Promise<unknown> = Promise.resolve();
  /** The round that waits for the one under way. */
  #next: Promise<boolean> | null = null;

  private constructor(options: MembershipOptions) {
    this.#options = options;
    const { server, clock, times } = options;
    this.#way = new RenewalWay(server, clock, times.patience_ms);
    this.#holder = options.holder;
  }

  /** Takes a free number and begins to renew, without any slot yet; rejects with DatabaseError, or ClusterFault. */
  static async join(options: MembershipOptions): Promise<Membership> {
    const membership = new Membership(options);
    await membership.#join();
    membership.#schedule();
    return membership;
  }

  get place(): Place {
    return this.#place;
  }

  /** The lease holds: what this node says of its slots is so, and what it writes for them may be sent. */
  get isGood(): boolean {
    return !this.#is_over && this.#options.clock() < this.#good_until_ms;
  }

  /** Milliseconds that the lease is still good for. */
  get leaseLeftMs(): number {
    return this.#is_over ? 0 : Math.max(0, this.#good_until_ms - this.#options.clock());
  }

  get nodes(): readonly SeenNode[] {
    return this.#nodes;
  }

  /** The ids of this node: other nodes make none of them. */
  get ids(): NodeIds {
    if (!this.#ids) throw new Error("ids are made once it has joined");
    return this.#ids;
  }

  /** No other node had made an id above it when that was last read. */
  get ceiling(): number {
    return this.#ceiling;
  }

  /** For this slot of this node's no other made a greater id: those that this one makes for it have to be above. */
  floorOf(slot: number): number {
    return this.#slots.floorOf(slot);
  }

  /** Whose a slot is, as far as is known here; null where it is nobody's. */
  slot(slot: number): SeenSlot {
    return this.#slots.of(slot);
  }

  /** The slots of this node that should be another's, and whose, now that nodes came or it is to leave. */
  toGive(): { slot: number; epoch: number; to: number }[] {
    return slotsToGive(this.#slots.all, this.#place.number, this.#serving());
  }

  /**
   * Hands slots over, as far as they are still this node's in their epoch. Afterwards `slot` says whose they are, and
   * what was sent can't be done any more. Settles once that is known, or this is no node any more; never rejects.
   */
  async give(slots: readonly { slot: number; epoch: number }[], to: number): Promise<void> {
    const { server, times } = this.#options;
    const own = { holder: this.#holder, number: this.#place.number, term: this.#term };
    const given = await within(times.giving_ms, server.batch(tables.giving(own, slots, to, idsWithin(CEILING_MS))));
    if (given.state === "done") return this.#slots.note(given.results.at(-1)?.rows ?? []);
    const again = [tables.raisingTerm(this.#holder), tables.standing(this.#holder), tables.reading(slots)];
    for (; !this.#is_over; await Bun.sleep(times.renew_ms)) {
      const read = await server.batch(again);
      if (read.state !== "done") continue;
      if (this.#stand(read.results[1]?.rows[0])) this.#slots.note(read.results[2]?.rows ?? []);
      return;
    }
  }

  /** The statement with which a group of writes of the present term begins. */
  guard(): Statement {
    return tables.guardingTerm(this.#place.number, this.#term, !this.#options.allowUnsafe);
  }

  /** After it nothing that was sent before can be done any more. Rejects with DatabaseError where that isn't known. */
  async raiseTerm(): Promise<void> {
    const raise = [tables.raisingTerm(this.#holder), tables.standing(this.#holder)];
    const [, row] = resultsOf(await this.#options.server.batch(raise));
    this.#stand(row?.rows[0]);
  }

  /** One round: says that it lives, reads what has changed, takes what is free. Whether it went through; never rejects. */
  renew(): Promise<boolean> {
    // One that hasn't begun serves all who ask meanwhile.
    this.#next ??= this.#round.then(() => {
      this.#next = null;
      return this.#renew();
    });
    this.#round = this.#next;
    return this.#next;
  }

  /** The process of that holder has ended for certain: what it has goes to others now, and not only when it is missed. */
  bury(holder: string): void {
    this.#gone.add(holder);
    void this.renew();
  }

  /** Its actors answer from now on: it takes its share of the slots. They know who has which before any is given to it. */
  async serve(): Promise<void> {
    await this.renew();
    resultsOf(await this.#options.server.batch([tables.tellingState(this.#holder, "serving")]));
    await this.renew();
  }

  /** From now on its slots go to others, as `toGive` says. */
  async announceLeave(): Promise<void> {
    resultsOf(await this.#options.server.batch([tables.tellingState(this.#holder, "leaving")]));
    await this.renew();
  }

  /** Gives up what it still has, and is no node any more. Rejects with DatabaseError where that isn't known. */
  async leave(): Promise<void> {
    this.#stop();
    await this.#round;
    const leaving = tables.leaving(this.#holder, this.#place.number, this.ids.made());
    resultsOf(await this.#options.server.batch(leaving));
  }

  /** Why it is no node any more; null while it is one. */
  get lost(): string | null {
    return this.#lost;
  }

  #stop(): void {
    this.#is_over = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #join(): Promise<void> {
    const { description } = this.#options;
    const row = await takeNumber(this.#holder, JSON.stringify(description), { ...this.#options, pause: Bun.sleep });
    this.#place = { number: Number(row[0]), incarnation: Number(row[1]) };
    this.#term = Number(row[2]);
    this.#ids = this.#options.createIds(this.#place.number);
    // Up to there whoever had the number before may have made them.
    this.#ids.pass(Number(row[3]));
    await this.renew();
  }

  #schedule(): void {
    if (this.#is_over) return;
    const { times, clock } = this.#options;
    // Whoever seems to be dead is looked at when they are, and not a moment later.
    const due_ms = this.#beats.dueIn(times.dead_ms, clock()) ?? 0;
    const pause_ms = due_ms > 0 ? Math.min(due_ms, times.renew_ms) : times.renew_ms;
    this.#timer = setTimeout(() => void this.renew().then(() => this.#schedule()), pause_ms);
  }

  async #renew(): Promise<boolean> {
    if (this.#is_over) return false;
    const { server, times, clock } = this.#options;
    const asked_ms = clock();
    // It was held up itself, as others may have been.
    if (asked_ms - this.#asked_ms > times.lease_ms) this.#beats.forget();
    this.#asked_ms = asked_ms;
    const renewing = tables.renewing(this.#holder, this.#ids?.ceiling(CEILING_MS) ?? 0, this.#slots.changed);
    const answer = await within(times.patience_ms, this.#way.send(renewing, asked_ms));
    const is_late = clock() - asked_ms > times.lease_ms;
    if (answer.state !== "done" || is_late) this.#beats.forget();
    // The next one has to get through, whatever became of the connection.
    if (answer.state === "unknown") server.turnOver(times.lease_ms);
    if (answer.state !== "done" || this.#is_over) return false;
    const [, own, nodes, slots, rest] = answer.results;
    if (!this.#stand(own?.rows[0])) return false;
    if (this.#options.allowUnsafe || Number(rest?.rows[0]?.[0]) >= LEAST_SYNCHRONOUS) {
      this.#good_until_ms = asked_ms + times.lease_ms;
    } else {
      this.#way.distrust();
    }
    this.#ceiling = Number(rest?.rows[0]?.[1]);
    this.#take(nodes?.rows ?? [], slots?.rows ?? [], asked_ms);
    if (!is_late) this.#beats.note(this.#nodes, asked_ms);
    await this.#takeOver(asked_ms);
    return true;
  }

  /** False where it is no node any more. */
  #stand(row: readonly SqlValue[] | undefined): boolean {
    if (row) {
      this.#term = Number(row[2]);
      return true;
    }
    if (!this.#is_over) {
      this.#stop();
      this.#lost = "other nodes took this one for dead, since it didn't renew its lease in time";
      this.#options.onLost(this.#lost);
    }
    return false;
  }

  #take(nodes: readonly SqlValue[][], slots: readonly SqlValue[][], now_ms: number): void {
    this.#nodes = nodes.map(tables.nodeIn);
    for (const holder of this.#gone) if (!this.#nodes.some((node) => node.holder === holder)) this.#gone.delete(holder);
    this.#slots.read(slots, now_ms);
    this.#options.onRenewed();
  }

  /** Buries the dead, and claims what is free. What this comes to is read at once. */
  async #takeOver(asked_ms: number): Promise<void> {
    const { server, times } = this.#options;
    const { number: me } = this.#place;
    const still = this.#beats.still(times.dead_ms, asked_ms);
    const dead = deadOf(this.#nodes, still, this.#gone).filter(({ number }) => number !== me);
    const isOverdue = (slot: number) => this.#slots.freeFor(slot, asked_ms) >= times.overdue_ms;
    const living = this.#serving().filter((number) => !dead.some((one) => one.number === number));
    const free = slotsToClaim(slotsWithout(this.#slots.all, dead), me, living, isOverdue);
    if (dead.length === 0 && free.length === 0) return;
    const claim = free.length > 0 ? tables.claiming(this.#holder, me, free, idsWithin(CEILING_MS)) : [];
    const answer = await server.batch([...dead.flatMap(tables.burying), ...claim]);
    // It may be done later: the next round reads what stands.
    if (answer.state === "done") await this.#renew();
  }

  #serving(): number[] {
    return this.#nodes.filter(({ state }) => state === "serving").map(({ number }) => number);
  }
}
