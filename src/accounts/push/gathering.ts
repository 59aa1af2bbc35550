// Finds out who is to be told of what was said. What is said in a channel is only noted, and looked at a moment later,
// all of it together, one channel after another: however many messages there are and whoever hears of them, it is one
// small read at a time beside all else, and nobody waits for it but those who are told.

import type { Actors } from "../../actors/calls.ts";
import { type Perform, performed } from "../../db/engine/write.ts";
import type { SaidRange, Wanting } from "../../db/queries/push-notices.ts";
import type { Store } from "../../db/store.ts";
import { limits } from "../../domain/limits.ts";
import { awayAmong } from "./away.ts";

export interface GatheringDependencies {
  store: Pick<Store, "pushNotices">;
  actors: Actors;
  perform: Perform;
  clock(): number;
  /** Before a look, and so between two. */
  pause_ms: number;
  onFault(error: unknown): void;
  /** Whether anybody has subscribed; never rejects. */
  isAnybodyThere(): Promise<boolean>;
  /** Something waits to be sent that didn't before. */
  onAdded(): void;
  /** What was said and can't be told of any more, of how many people or channels. */
  onLeftOut(count: number): void;
}

export interface SaidMessage {
  id: number;
  channel_id: number;
  server_id: number;
}

/** How much of the queue may wait for one user: the less, the less is free, so that there always is room for others. */
export function shareOf(free: number): number {
  return Math.ceil(free / limits.push_queue_shares);
}

export class Gathering {
  readonly #on: GatheringDependencies;
  /** Channels in which something was said that nobody has looked at, in the order in which it was. */
  readonly #said = new Map<number, SaidRange>();
  /** What nobody could say of who is told of it. */
  readonly #failed = new Set<SaidRange>();
  #looked_at: SaidRange | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #running: Promise<void> | null = null;
  #is_over = false;

  constructor(on: GatheringDependencies) {
    this.#on = on;
  }

  said({ id, channel_id, server_id }: SaidMessage): void {
    const known = this.#said.get(channel_id);
    if (known) {
      if (id > known.to_id) known.to_id = id;
      return;
    }
    this.#said.set(channel_id, { channel_id, place_id: server_id, from_id: id, to_id: id });
    if (this.#said.size > limits.push_channels_waiting) this.#leaveOldestOut();
    this.#runLater();
  }

  /** What was said before, and nobody has looked at. */
  left(range: SaidRange): void {
    this.#add(range);
    this.#runLater();
  }

  /** The least id of what nobody has looked at yet; null where all was. */
  get waitingFrom(): number | null {
    const waiting = [...this.#said.values(), ...this.#failed, ...(this.#looked_at ? [this.#looked_at] : [])];
    return waiting.length === 0 ? null : Math.min(...waiting.map(({ from_id }) => from_id));
  }

  /** Looks at all that was said so far; never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#gatherAll().finally(() => {
      this.#running = null;
      if (this.#said.size > 0) this.#runLater();
    });
    return this.#running;
  }

  /** Looks at what was said, but for no longer than that. */
  async stop(within_ms: number): Promise<void> {
    const end = () => {
      this.#is_over = true;
    };
    const late = setTimeout(end, within_ms);
    await this.#running;
    for (const range of this.#failed) this.#return(range);
    await this.run();
    clearTimeout(late);
    end();
  }

  #runLater(): void {
    if (this.#is_over) return;
    this.#timer ??= setTimeout(() => {
      // A look may still be under way: its end then sets the next one.
      this.#timer = null;
      void this.run();
    }, this.#on.pause_ms).unref();
  }

  /** After a while, so that others have their turns; who waits to be told of it already is told of it once. */
  #lookAgain(range: SaidRange): void {
    if (this.#failed.size >= limits.push_channels_waiting) return this.#on.onLeftOut(1);
    this.#failed.add(range);
    setTimeout(() => this.#return(range), limits.push_first_pause_ms).unref();
  }

  #return(range: SaidRange): void {
    if (!this.#failed.delete(range)) return;
    this.#add(range);
    this.#runLater();
  }

  #add(range: SaidRange): void {
    const newer = this.#said.get(range.channel_id);
    this.#said.set(range.channel_id, { ...range, to_id: Math.max(range.to_id, newer?.to_id ?? 0) });
  }

  /** What is said meanwhile has its turn later: there is a pause after each look. */
  async #gatherAll(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (!(await this.#on.isAnybodyThere())) return this.#said.clear();
    for (const [channel_id, range] of [...this.#said]) {
      if (this.#is_over) return;
      this.#said.delete(channel_id);
      this.#looked_at = range;
      await this.#gather(range).catch((error) => {
        this.#on.onFault(error);
        this.#lookAgain(range);
      });
      this.#looked_at = null;
    }
  }

  async #gather(range: SaidRange): Promise<void> {
    const { store, perform, clock, onAdded, onLeftOut } = this.#on;
    const limit = limits.push_users_at_once;
    for (let after: number | null = 0; after !== null; ) {
      // The next process finds that nobody has looked at the rest.
      if (this.#is_over) return this.#add(range);
      const wanting: Wanting[] = await store.pushNotices.wanting(range, { now: clock(), after, limit });
      const away = await this.#awayAmong(range.channel_id, range.place_id, wanting);
      const free = limits.push_queue - (await store.pushNotices.countWaiting(limits.push_queue));
      const told = away.slice(0, Math.max(0, free));
      if (told.length < away.length) onLeftOut(away.length - told.length);
      const share = shareOf(free);
      if (
        told.length > 0 &&
        (await performed(perform, store.pushNotices.add(range, told, { share, now: clock() }))) > 0
      ) {
        onAdded();
      }
      after = wanting.length < limit ? null : (wanting.at(-1)?.user_id ?? null);
    }
  }

  /** Those who sit before nothing, and can view the channel. */
  async #awayAmong(channel_id: number, place_id: number, wanting: readonly Wanting[]): Promise<Wanting[]> {
    const user_ids = await awayAmong(
      this.#on.actors,
      { channel_id, place_id },
      wanting.map((one) => one.user_id),
    );
    return wanting.filter(({ user_id }) => user_ids.has(user_id));
  }

  #leaveOldestOut(): void {
    const [oldest] = this.#said.keys();
    if (oldest !== undefined) this.#said.delete(oldest);
    this.#on.onLeftOut(1);
  }
}
