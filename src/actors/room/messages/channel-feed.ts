// One channel's messages as its room has told them: the newest of them, and the `seq` of the last event. What is
// committed and not told yet is no part of it, whatever the database says meanwhile.

import type { Store } from "../../../db/store.ts";
import type { ChatMessage } from "../../../domain/community.ts";
import type { IdGenerator } from "../../../domain/ids.ts";
import { limits } from "../../../domain/limits.ts";
import type { Topic } from "../../delivery/gateway.ts";
import { type Reservation, Reservations } from "../../delivery/reservations.ts";
import type { Room } from "../room.ts";
import { ChannelLog } from "./channel-log.ts";

export interface FeedDependencies {
  store: Pick<Store, "messages">;
  ids: IdGenerator;
}

export class ChannelFeed {
  readonly #on: FeedDependencies;
  readonly #channel_id: number;
  readonly topic: Topic;
  #order: Reservations | null = null;
  #told: number | null = null;
  #log: ChannelLog | null = null;
  #loading: Promise<ChannelLog> | null = null;
  /** Messages told since the log in load was asked for. */
  #meanwhile: ChatMessage[] = [];

  constructor(on: FeedDependencies, channel_id: number) {
    this.#on = on;
    this.#channel_id = channel_id;
    this.topic = `channel:${channel_id}`;
  }

  /** The `seq` of the last event, where it is known; `seq` makes sure of that. */
  get told(): number {
    return this.#told ?? 0;
  }

  /** A reservation in the channel's order, for a change that is handed to the writer in this turn. */
  reserve(): Reservation {
    this.#order ??= new Reservations();
    return this.#order.reserve(this.#on.ids.next());
  }

  /** A `seq` up to which all has been told, and none of what is yet to be told. */
  get #reached(): number {
    const oldest = this.#order?.oldest ?? null;
    return oldest === null ? this.#on.ids.next() : oldest - 1;
  }

  /** The newest messages, if they are in memory. */
  get knownLog(): ChannelLog | null {
    return this.#log;
  }

  /** Whether the `seq` of the last event is known. */
  get isKnown(): boolean {
    return this.#told !== null;
  }

  /** The `seq` of the last event. */
  async seq(): Promise<number> {
    if (this.#told !== null) return this.#told;
    const [last] = await this.#on.store.messages.lastOf([this.#channel_id]);
    return this.found(last?.last_seq ?? 0);
  }

  /** The greatest `seq` in the database has been read; returns that of the last event. */
  found(stored_seq: number): number {
    // What was told meanwhile is newer; what is stored may be yet to be told.
    this.#told ??= Math.min(stored_seq, this.#reached);
    return this.#told;
  }

  /** The newest messages, loaded on first use. */
  async log(room: Pick<Room, "gate">): Promise<ChannelLog> {
    if (this.#log) return this.#log;
    this.#loading ??= this.#load(room).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  tell(seq: number): void {
    this.#told = seq;
  }

  /** A message is being told. True when the log let go of older ones. */
  add(message: ChatMessage): boolean {
    if (this.#loading) this.#meanwhile.push(message);
    return this.#log?.add(message) ?? false;
  }

  /** A change of a message is being told; null: it is gone. */
  change(id: number, message: ChatMessage | null): void {
    if (message) this.#log?.replace(message);
    else this.#log?.remove(id);
  }

  async #load(room: Pick<Room, "gate">): Promise<ChannelLog> {
    const newest = { channel_id: this.#channel_id, limit: limits.recent_messages, anchor: 0, direction: true };
    const load = () => {
      this.#meanwhile = [];
      return this.#on.store.messages.page(newest);
    };
    await room.gate.read(load, (page) => {
      const log = new ChannelLog(page, this.#reached);
      const unseen = this.#meanwhile.filter(({ id }) => id >= log.floor && !log.find(id));
      for (const message of unseen) log.add(message);
      this.#log = log;
    });
    this.#meanwhile = [];
    if (!this.#log) throw new Error(`the messages of channel ${this.#channel_id} were not read`);
    return this.#log;
  }
}
