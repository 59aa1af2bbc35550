// Who is writing where, as far as it was heard lately, and saying so oneself: no oftener than the server tells it.

import type { Client } from "./client.ts";
import { type Clock, system_clock } from "./surroundings.ts";

/** Until the server has said how often it tells of one who goes on. */
const DEFAULT_INTERVAL_MS = 3_000;
/** So much later than the next time would come, somebody writes no more. */
const GRACE_MS = 1_500;

export class Typing {
  readonly #client: Client;
  readonly #clock: Clock;
  /** By channel and user: keeps them from being taken for idle. */
  readonly #people = new Map<number, Map<number, () => void>>();
  readonly #said = new Map<number, number>();
  readonly #listeners = new Set<(channel_id: number) => void>();
  readonly #ends: (() => void)[];

  constructor(client: Client, clock: Clock = system_clock) {
    this.#client = client;
    this.#clock = clock;
    this.#ends = [
      client.on("event", (event) => {
        if (event.type === "message_added") this.#stop(event.data.channel_id, event.data.author_id);
        else if (event.type === "typing_started") this.#hear(event.data);
      }),
      // Who stops meanwhile isn't heard of.
      client.on("state", (state) => state !== "ready" && this.#stopAll()),
    ];
  }

  /** Those who are writing in the channel, oneself aside, who began first at the beginning. */
  in(channel_id: number): number[] {
    return [...(this.#people.get(channel_id)?.keys() ?? [])];
  }

  /** Calls with the channel in which others are writing now. */
  on(listener: (channel_id: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Says that one is writing there, for each key that is pressed: it is passed on as often as others are told. */
  say(channel_id: number): void {
    const now_ms = this.#clock.now();
    const said_ms = this.#said.get(channel_id);
    if (said_ms !== undefined && now_ms - said_ms < this.#interval_ms) return;
    this.#said.set(channel_id, now_ms);
    this.#client.ask("typing", { channel_id }).catch(() => {});
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#stopAll();
    this.#listeners.clear();
  }

  get #interval_ms(): number {
    return this.#client.ready?.limits["typing_interval_ms"] ?? DEFAULT_INTERVAL_MS;
  }

  #hear({ channel_id, user_id }: { channel_id: number; user_id: number }): void {
    if (user_id === this.#client.ready?.user.id) return;
    const people = this.#people.get(channel_id) ?? new Map<number, () => void>();
    this.#people.set(channel_id, people);
    const known = people.get(user_id);
    known?.();
    people.set(
      user_id,
      this.#clock.after(this.#interval_ms + GRACE_MS, () => this.#stop(channel_id, user_id)),
    );
    if (!known) this.#tell(channel_id);
  }

  #stop(channel_id: number, user_id: number): void {
    // What one has sent is told of by itself; what follows is new.
    if (user_id === this.#client.ready?.user.id) return void this.#said.delete(channel_id);
    const people = this.#people.get(channel_id);
    const keep = people?.get(user_id);
    if (!keep) return;
    keep();
    people?.delete(user_id);
    if (people?.size === 0) this.#people.delete(channel_id);
    this.#tell(channel_id);
  }

  #stopAll(): void {
    for (const [channel_id, people] of [...this.#people]) {
      for (const user_id of [...people.keys()]) this.#stop(channel_id, user_id);
    }
  }

  #tell(channel_id: number): void {
    for (const listener of [...this.#listeners]) listener(channel_id);
  }
}
