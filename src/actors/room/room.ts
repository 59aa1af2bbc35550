// The room: one server, alive. It owns the server's structure, the order of its events, who is told of them, and the
// newest messages; all of it a cache of the database that can be dropped and loaded again. What it decides it first
// commits, then applies, then answers, then tells.

import type { Store } from "../../db/store.ts";
import type { ChatMessage, Member, ServerStructure } from "../../domain/community.ts";
import type { IdGenerator } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import type { Locks } from "../../domain/locks.ts";
import { type EventData, type EventType, encodeEvent } from "../../protocol/community/events.ts";
import { type Outcome, success } from "../../protocol/outcome.ts";
import type { Actors } from "../calls.ts";
import type { Gateway } from "../delivery/gateway.ts";
import type { OrderedTopics } from "../delivery/ordered-topics.ts";
import type { FaultBoundary, Reply } from "../kernel/system.ts";
import { type GrowingCache, growingCache } from "./growing-cache.ts";
import { notFound } from "./handler.ts";
import { Members } from "./members/members.ts";
import { ChannelFeed } from "./messages/channel-feed.ts";
import type { Decide, Plan, PlannedRows } from "./plan.ts";
import { SelfNews } from "./self-news.ts";
import {
  listedRoles,
  type SightSeqs,
  sightOf,
  tellDeleted,
  tellEvent,
  tellRoles,
  tellSight,
} from "./structure/audience.ts";
import { Structure } from "./structure/structure.ts";
import { Subscribers } from "./subscribers.ts";

export interface RoomDependencies {
  actors: Actors;
  gateway: Gateway;
  store: Store;
  ids: IdGenerator;
  topics: OrderedTopics;
  /** Who comes into a server holds `servers <user>`, from the count of theirs to the commit. */
  locks: Locks;
  /** What ended before this `seq` may have left no tombstone. */
  compactedTo(): number;
  clock(): number;
  onFault: FaultBoundary;
}

/** Reads that are tried while changes go on, before one is made to wait for them. */
const OPTIMISTIC_READS = 3;

export class Room {
  readonly id: number;
  readonly on: RoomDependencies;
  readonly structure: Structure;
  readonly subscribers: Subscribers;
  /** The server was deleted; nothing is answered any more. */
  deleted = false;
  readonly #members: Members;
  #nonces: GrowingCache<string, Promise<Outcome<number>>> | null = null;
  #typing: GrowingCache<string, number> | null = null;
  readonly #feeds = new Map<number, ChannelFeed>();
  /** How much goes on after its handler has settled. */
  #underway = 0;
  /** Called when nothing does any more. */
  #finished: (() => void) | null = null;
  readonly #end = () => {
    this.#underway -= 1;
    if (this.#underway === 0) this.#finished?.();
  };
  /** The `seq` of the server's last event. */
  #seq: number;
  /** Counts changes begun, so that a read can tell whether one came between. */
  #changes = 0;
  /** From the commit of a change until all are told. */
  #changing = false;
  #turn: Promise<void> = Promise.resolve();

  /** `seq` is the greatest that anything in the server has, or had at its end. */
  constructor(on: RoomDependencies, loaded: ServerStructure, seq: number) {
    this.on = on;
    this.id = loaded.server.id;
    this.structure = new Structure(loaded);
    this.subscribers = new Subscribers(on.actors, on.gateway, this.id);
    this.#members = new Members(on.store, this.id, () => this.subscribers.users());
    this.#seq = seq;
  }

  /** Adds under way or lately done, by author, channel and nonce. */
  get nonces(): GrowingCache<string, Promise<Outcome<number>>> {
    this.#nonces ??= growingCache(limits.members_cached);
    return this.#nonces;
  }

  /** Who said lately that they write, by user and channel: when others were told, Unix milliseconds. */
  get typing(): GrowingCache<string, number> {
    this.#typing ??= growingCache(limits.members_cached);
    return this.#typing;
  }

  /** The member, or null; from memory when known. */
  async member(user_id: number): Promise<Member | null> {
    return this.deleted ? null : this.#members.find(user_id);
  }

  /** The member as far as memory knows: always, for those with a subscribed session. */
  knownMember(user_id: number): Member | null {
    return this.deleted ? null : this.#members.known(user_id);
  }

  /** Those of the users who are members. */
  async membersAmong(user_ids: readonly number[]): Promise<Member[]> {
    return this.deleted ? [] : this.#members.among(user_ids);
  }

  /** The `seq` of the server's last event. */
  get seq(): number {
    return this.#seq;
  }

  /** Takes a `seq` for an event that tells of no change: no row has it. */
  passSeq(): number {
    this.#seq = this.on.ids.next();
    return this.#seq;
  }

  /** Somebody was told of the server under this `seq`, which is of the past; no row need have it, after a restart. */
  toldAt(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
  }

  /** The channel's messages, as they have been told. */
  feed(channel_id: number): ChannelFeed {
    const known = this.#feeds.get(channel_id);
    if (known) return known;
    const feed = new ChannelFeed(this.on, channel_id);
    this.#feeds.set(channel_id, feed);
    return feed;
  }

  /** A live message, from memory where it is among the newest of its channel. */
  async message(id: number): Promise<ChatMessage | null> {
    for (const feed of this.#feeds.values()) {
      const found = feed.knownLog?.find(id);
      if (found) return found;
    }
    return this.on.store.messages.byId(id);
  }

  /** The `seq` of the channel's last event, where memory knows it; `channelSeq` makes sure of that. */
  toldIn(channel_id: number): number {
    return this.feed(channel_id).told;
  }

  /** The `seq` of the channel's last event. */
  channelSeq(channel_id: number): Promise<number> {
    return this.feed(channel_id).seq();
  }

  /** Finds out the `seq` of the last event of each of these channels. */
  async findSeqs(channel_ids: readonly number[]): Promise<void> {
    const unknown = channel_ids.filter((id) => !this.feed(id).isKnown);
    if (unknown.length === 0) return;
    const found = await this.on.store.messages.lastOf(unknown);
    for (const { channel_id, last_seq } of found) this.feed(channel_id).found(last_seq);
  }

  /** Waits until no change is under way; returns how many have been begun, for `isAsOf`. */
  async calm(): Promise<number> {
    do await this.#turn;
    while (this.#changing);
    return this.#changes;
  }

  /** How many changes have been begun: for who holds them up. */
  get changes(): number {
    return this.#changes;
  }

  /** Whether no change was begun since, so that what was read meanwhile still holds; messages may have been added. */
  isAsOf(changes: number): boolean {
    return !this.#changing && this.#changes === changes;
  }

  /** From now on a commit may be under way: reads that began before are read again. */
  beginChange(): void {
    this.#changes += 1;
  }

  /**
   * Reads what no change of this room came between, then calls `use` in the same turn in which that was made sure of:
   * a subscription made there misses nothing and repeats nothing. It doesn't hold up the room's other work, unless
   * changes keep coming between.
   */
  async read<Value>(load: () => Promise<Value>, use: (value: Value) => void): Promise<void> {
    const useAtOnce = (value: Value, settle: (use: () => void) => void) => settle(() => use(value));
    await this.readThrough(load, useAtOnce);
  }

  /**
   * The same where the value passes through another actor before it is used: `pass` hands it on and calls `settle` in
   * that actor's turn.
   */
  async readThrough<Value>(
    load: () => Promise<Value>,
    pass: (value: Value, settle: (use: () => void) => void) => void,
  ): Promise<void> {
    const attempt = async () => {
      if (this.#changing) return false;
      const before = this.#changes;
      const value = await load();
      return new Promise<boolean>((resolve) => {
        pass(value, (use) => {
          const unchanged = before === this.#changes;
          if (unchanged) use();
          resolve(unchanged);
        });
      });
    };
    for (let attempts = 0; attempts < OPTIMISTIC_READS; attempts += 1) {
      await this.#turn;
      if (await attempt()) return;
    }
    await this.exclusively(async () => {
      // What may still come between is a log that lets go of old messages, which is rare.
      while (!(await attempt()));
    });
  }

  /** Runs alone among changes and those reads that need it. */
  async exclusively<Value>(run: () => Promise<Value>): Promise<Value> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    try {
      return await run();
    } finally {
      resolve();
    }
  }

  /**
   * Makes a change of the structure or the members: decides, commits, applies it, answers, tells who gained or lost
   * channels, then the events, and then those who came or went. `decide` gets the next `seq` by calling its argument,
   * in the order of its events.
   */
  change<Value>(decide: Decide<Value>, reply: Reply<Value>): Promise<void> {
    return this.exclusively(async () => {
      // Their own, and lower than those of the rows: who was told only this has not seen the rows' change yet.
      const sight_seqs: SightSeqs = { unfinished: this.on.ids.next(), whole: this.on.ids.next() };
      let seq = this.#seq;
      const decided = await decide(() => {
        seq = this.on.ids.next();
        return seq;
      });
      if (!decided.ok) return reply(decided);
      const plan = decided.value;
      if (Object.keys(plan.rows).length === 0) return reply(success(plan.value()));
      await this.whileChanging(async () => {
        const news = await this.#commit(plan, sight_seqs.whole, seq);
        if (!news) return reply(notFound());
        this.#publish(plan, sight_seqs, seq, reply);
        news.publish();
      });
    });
  }

  /** Runs what commits a change and tells of it: reads that began before, or begin meanwhile, are read again. */
  async whileChanging(run: () => Promise<void>): Promise<void> {
    this.beginChange();
    this.#changing = true;
    try {
      await run();
    } finally {
      this.#changing = false;
    }
  }

  /** Stores the rows, and gives those who come or go a place in the order of their own topics; null: no way in. */
  async #commit({ rows, invite_code }: Plan<unknown>, sight_seq: number, seq: number): Promise<SelfNews | null> {
    const { store, clock } = this.on;
    const news = new SelfNews(this.on, this.id);
    const { left_members = [], ...others } = rows;
    const leaving = left_members.map((left) => ({ ...left, self_seq: news.leaves(left.user_id) }));
    try {
      if (invite_code === undefined) {
        await store.rooms.save(this.id, { ...others, left_members: leaving, sight_seq, now: clock() });
        return news;
      }
      const [member] = rows.members ?? [];
      const server = rows.server ?? this.structure.server;
      if (!member) throw new Error("an invite is spent for nobody");
      const self_seq = news.comes(member.user_id, server);
      const joining = { server_id: this.id, member, self_seq, server, invite_code, now: clock() };
      if ((await store.rooms.join(joining)) === "joined") return news;
      news.drop();
      return null;
    } catch (error) {
      if (await this.#isStored(seq)) return news;
      news.drop();
      throw error;
    }
  }

  /** After a commit of unknown end: whether it was done. Where even that can't be known, the room ends. */
  async #isStored(seq: number): Promise<boolean> {
    const stored = await this.on.store.rooms.lastSeq(this.id).catch(() => null);
    if (stored === null) this.fail();
    return stored !== null && seq > this.#seq && stored >= seq;
  }

  /** Applies what is committed, answers, and tells those who listen to the server: all in one turn. */
  #publish<Value>({ rows, value, events }: Plan<Value>, sight_seqs: SightSeqs, seq: number, reply: Reply<Value>): void {
    const before = sightOf(this);
    const changes_roles = [rows.roles, rows.deleted_roles, rows.categories, rows.deleted_categories].some(Boolean);
    const roles_before = changes_roles ? listedRoles(this) : null;
    const places = [...(rows.categories ?? []), ...(rows.channels ?? [])];
    const created = places.filter(({ id }) => !this.structure.place(id)).map(({ id }) => id);
    this.apply(rows);
    this.#seq = seq;
    reply(success(value()));
    for (const { user_id } of rows.left_members ?? []) this.subscribers.dropUser(user_id);
    tellSight(this, before, new Set(created), sight_seqs);
    if (roles_before) tellRoles(this, roles_before, before, sight_seqs);
    for (const event of events?.() ?? []) tellEvent(this, event, before);
    for (const channel of rows.deleted_channels ?? []) tellDeleted(this, "channel", channel, before);
    for (const category of rows.deleted_categories ?? []) tellDeleted(this, "category", category, before);
  }

  /** Takes committed rows into memory. */
  apply(rows: PlannedRows): void {
    this.structure.apply(rows);
    for (const member of rows.members ?? []) this.#members.put(member.user_id, member);
    for (const { user_id } of rows.left_members ?? []) this.#members.put(user_id, null);
    for (const { id } of rows.deleted_roles ?? []) this.#members.takeRole(id);
    for (const { id } of rows.deleted_channels ?? []) this.#feeds.delete(id);
  }

  /** The server was deleted: nobody is answered or told anything any more. */
  end(): void {
    this.beginChange();
    this.deleted = true;
    for (const [session] of [...this.subscribers.entries()]) this.subscribers.drop(session);
  }

  /** Has `abandon` wait for work that goes on after its handler has settled. */
  underway(work: Promise<unknown>): void {
    this.#underway += 1;
    work.then(this.#end, this.#end);
  }

  /**
   * Everybody who listens has to come back and ask anew: what they were told may not be all. Settles when nothing is
   * under way any more, so that no other room of this server can cross with what this one still tells.
   */
  async abandon(): Promise<void> {
    this.#sendAway();
    while (this.#underway > 0) {
      await new Promise<void>((resolve) => {
        this.#finished = resolve;
      });
    }
    this.#sendAway();
  }

  /** For when what is stored can't be known: the room ends, and the next one reads it. */
  fail(): void {
    this.on.actors.stop(`room:${this.id}`);
  }

  #sendAway(): void {
    for (const [session] of [...this.subscribers.entries()]) this.on.gateway.close(session, "server_fault");
  }

  /** Tells one event about a channel's messages. */
  tellChannel<Name extends EventType>(type: Name, channel_id: number, seq: number, data: EventData<Name>): void {
    const feed = this.feed(channel_id);
    feed.tell(seq);
    this.on.gateway.publish(feed.topic, encodeEvent(type, feed.topic, seq, data));
  }
}
