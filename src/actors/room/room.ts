// The room: one server, alive. It owns the server's structure, the order of its events, who is told of them, and the
// newest messages; all of it a cache of the database that can be dropped and loaded again. How it is changed stands in
// `change.ts`; how changes and reads keep out of each other's way, in `change-gate.ts`.

import type { LoadedServer } from "../../db/queries/rooms.ts";
import type { Store } from "../../db/store.ts";
import type { ChatMessage, Member } from "../../domain/community.ts";
import type { IdGenerator } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import type { Pools } from "../../domain/pools.ts";
import { type EventData, type EventType, encodeWordedEvent } from "../../protocol/community/events.ts";
import type { Outcome } from "../../protocol/outcome.ts";
import type { Actors } from "../calls.ts";
import type { Commit, Owner } from "../commit/commit.ts";
import type { Gateway } from "../delivery/gateway.ts";
import { type GrowingCache, growingCache } from "../growing-cache.ts";
import type { FaultBoundary, Reply } from "../kernel/actor.ts";
import type { Slices } from "../kernel/slices.ts";
import { ChangeGate } from "./change-gate.ts";
import type { RoomNature } from "./handler.ts";
import { Members } from "./members/members.ts";
import { ChannelFeed } from "./messages/channel-feed.ts";
import type { PlannedRows } from "./plan.ts";
import { Structure } from "./structure/structure.ts";
import { Subscribers } from "./subscribers.ts";

export interface RoomDependencies {
  actors: Actors;
  gateway: Gateway;
  store: Omit<Store, "writer">;
  ids: IdGenerator;
  commit: Commit;
  nature: RoomNature;
  pools: Pick<Pools, "searches">;
  slices: Slices;
  /** A message was said: who is away may want to be told. Returns at once. */
  said(message: Pick<ChatMessage, "id" | "channel_id" | "server_id">): void;
  /** By webhook: how long until it may say more, in milliseconds. */
  webhook_throttle: { take(webhook_id: string): number };
  /** What somebody has written is to go. */
  sweepNoted(): void;
  /** What ended before this `seq` may have left no tombstone. */
  compactedTo(): number;
  clock(): number;
  /** Milliseconds since any one moment; never goes back. */
  monotonic(): number;
  onFault: FaultBoundary;
}

export class Room implements Owner {
  readonly id: number;
  readonly on: RoomDependencies;
  readonly structure: Structure;
  readonly subscribers: Subscribers;
  readonly gate: ChangeGate;
  /** The server was deleted; nothing is answered any more. */
  deleted = false;
  /** What it holds may not be what is stored: it decides on nothing any more. */
  #has_ended = false;
  readonly #members: Members;
  #nonces: GrowingCache<string, Promise<Outcome<number>>> | null = null;
  #typing: GrowingCache<string, number> | null = null;
  #wrote: GrowingCache<string, number> | null = null;
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
  #seq = 0;
  /** The greatest `seq` of the server that is known to be stored. */
  #stored_seq: number;

  constructor(on: RoomDependencies, loaded: LoadedServer) {
    this.on = on;
    this.id = loaded.server.id;
    this.structure = new Structure(loaded);
    this.gate = new ChangeGate(on.ids.next());
    this.subscribers = new Subscribers(on.actors, on.gateway, this.id);
    this.#members = new Members(on.store, this.id, () => this.subscribers.users());
    this.toldAt(loaded.last_seq);
    this.#stored_seq = loaded.last_seq;
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

  /** Who wrote lately where there is a slow mode, by user and channel: when, as `monotonic` says. */
  get wrote(): GrowingCache<string, number> {
    this.#wrote ??= growingCache(limits.members_cached);
    return this.#wrote;
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

  /**
   * Somebody was told of the server under this `seq`, which is of the past; no row need have it, after a restart. Another
   * process may have made it: what is told from now on is greater.
   */
  toldAt(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
    this.on.ids.pass(seq);
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
    return this.rememberedMessage(id) ?? this.on.store.messages.byId(id);
  }

  /** The same as far as memory goes. */
  rememberedMessage(id: number): ChatMessage | null {
    for (const feed of this.#feeds.values()) {
      const found = feed.knownLog?.find(id);
      if (found) return found;
    }
    return null;
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

  /** The greatest `seq` of the server that is known to be stored: what was told under a greater one has no row. */
  get storedSeq(): number {
    return this.#stored_seq;
  }

  get hasEnded(): boolean {
    return this.#has_ended;
  }

  /** Takes committed rows into memory; `seq` is the last of them. */
  apply(rows: PlannedRows, seq: number): void {
    this.#stored_seq = seq;
    this.toldAt(seq);
    // Who wrote meanwhile is not known where there was no slow mode.
    if (rows.channels?.some(({ id, slow_mode_s }) => this.structure.channel(id)?.slow_mode_s !== slow_mode_s)) {
      this.#wrote?.clear();
    }
    this.structure.apply(rows);
    for (const member of rows.members ?? []) this.#members.put(member.user_id, member);
    for (const { user_id } of rows.left_members ?? []) this.#members.put(user_id, null);
    for (const { id } of rows.deleted_roles ?? []) this.#members.takeRole(id);
    for (const { id } of rows.deleted_channels ?? []) this.#feeds.delete(id);
  }

  /** The server was deleted: nobody is answered or told anything any more. */
  close(): void {
    this.gate.beginChange();
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
    this.#has_ended = true;
    this.#sendAway();
    while (this.#underway > 0) {
      await new Promise<void>((resolve) => {
        this.#finished = resolve;
      });
    }
    this.#sendAway();
  }

  /** For when what is stored can't be known, or isn't what it holds: the room ends, and the next one reads it. */
  end(): void {
    // Once it has ended, another one may be at its address.
    if (this.#has_ended) return;
    this.#has_ended = true;
    this.on.actors.stop(`room:${this.id}`);
  }

  /** Lets work go on beside the mailbox, so that the room takes its next message meanwhile. */
  background(call: string, work: Promise<void>, reply: Reply<never>): void {
    const fault = (error: unknown) => this.on.onFault(error, { address: `room:${this.id}`, call });
    this.underway(work.catch((error) => reply({ ok: false, error: fault(error) })));
  }

  #sendAway(): void {
    for (const [session] of [...this.subscribers.entries()]) this.on.gateway.close(session, "server_fault");
  }

  /** Tells one event about a channel's messages. `json`: the data, where they are in words already. */
  tellChannel<Name extends EventType>(
    type: Name,
    channel_id: number,
    seq: number,
    data: EventData<Name>,
    json = JSON.stringify(data),
  ): void {
    const feed = this.feed(channel_id);
    feed.tell(seq);
    this.on.gateway.publish(feed.topic, encodeWordedEvent(type, feed.topic, seq, json));
  }
}
