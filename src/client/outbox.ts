// Messages on their way: each is kept until it is acknowledged or refused, and sent again under the same nonce after a
// loss, so that it is there once. Of one channel one is on its way at a time, so that their order is that of sending.

import type { Message } from "../protocol/community/entities.ts";
import type { Request } from "./contract.ts";
import { closed, RequestError } from "./errors.ts";

export interface OutboxEntry extends Request<"add_message"> {
  nonce: string;
}

/** How it ended. */
export type Delivery = { entry: OutboxEntry; message: Message } | { entry: OutboxEntry; error: RequestError };

interface Promised<Value> {
  promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: RequestError): void;
}

/** `Promise.withResolvers`, which Node 20 has not. */
function promised<Value>(): Promised<Value> {
  let ends: Omit<Promised<Value>, "promise"> | undefined;
  const promise = new Promise<Value>((resolve, reject) => {
    ends = { resolve, reject };
  });
  return { promise, ...(ends as Omit<Promised<Value>, "promise">) };
}

export interface OutboxDependencies {
  /** Asks `add_message`; rejects with a `RequestError`. */
  add(entry: OutboxEntry): Promise<Message>;
  /** Runs it when the refusal says that it is worth it. */
  later(refusal: RequestError, run: () => void): void;
  onDelivered(delivery: Delivery): void;
  /** How many messages may wait. */
  most: number;
}

export class Outbox {
  readonly #on: OutboxDependencies;
  /** By channel, and then by nonce, in the order of sending. */
  readonly #queues = new Map<number, Map<string, OutboxEntry>>();
  readonly #promises = new Map<OutboxEntry, Promised<Message>>();
  readonly #busy_channels = new Set<number>();
  #open = false;

  constructor(on: OutboxDependencies, entries: readonly OutboxEntry[]) {
    this.#on = on;
    for (const entry of entries) this.#queueOf(entry).set(entry.nonce, entry);
  }

  entries(): OutboxEntry[] {
    return [...this.#queues.values()].flatMap((queue) => [...queue.values()]);
  }

  /** Resolves when the server has it; rejects when it is refused, or the client closed. One nonce is sent once. */
  send(asked: OutboxEntry): Promise<Message> {
    const { most } = this.#on;
    const is_known = this.#queues.get(asked.channel_id)?.has(asked.nonce);
    if (!is_known && this.#length() >= most) return Promise.reject(full(most));
    const queue = this.#queueOf(asked);
    const entry = queue.get(asked.nonce) ?? asked;
    queue.set(entry.nonce, entry);
    const known = this.#promises.get(entry);
    if (known) return known.promise;
    const waiting = promised<Message>();
    // Who doesn't wait for it is told by `delivery`.
    waiting.promise.catch(() => {});
    this.#promises.set(entry, waiting);
    this.#sendNext(entry.channel_id);
    return waiting.promise;
  }

  resume(): void {
    this.#open = true;
    for (const channel_id of this.#queues.keys()) this.#sendNext(channel_id);
  }

  /** The connection is lost: what is on its way will be sent again. */
  pause(): void {
    this.#open = false;
  }

  /** They are another user's. */
  discard(): void {
    this.#queues.clear();
    this.#refuseAll();
  }

  /** The entries stay, for a snapshot; nobody waits for them any more. */
  close(): void {
    this.#open = false;
    this.#refuseAll();
  }

  #length(): number {
    let length = 0;
    for (const queue of this.#queues.values()) length += queue.size;
    return length;
  }

  #refuseAll(): void {
    for (const { reject } of this.#promises.values()) reject(closed());
    this.#promises.clear();
  }

  #queueOf({ channel_id }: OutboxEntry): Map<string, OutboxEntry> {
    const queue = this.#queues.get(channel_id) ?? new Map();
    this.#queues.set(channel_id, queue);
    return queue;
  }

  #sendNext(channel_id: number): void {
    if (!this.#open || this.#busy_channels.has(channel_id)) return;
    const [next] = this.#queues.get(channel_id)?.values() ?? [];
    if (!next) return void this.#queues.delete(channel_id);
    this.#busy_channels.add(channel_id);
    void this.#deliver(next);
  }

  async #deliver(entry: OutboxEntry): Promise<void> {
    try {
      const message = await this.#on.add(entry);
      this.#end(entry, { entry, message });
    } catch (thrown) {
      const error = thrown as RequestError;
      if (error.code === "unavailable") return this.#on.later(error, () => this.#free(entry.channel_id));
      if (!is_loss.has(error.code)) this.#end(entry, { entry, error });
    }
    this.#free(entry.channel_id);
  }

  #free(channel_id: number): void {
    this.#busy_channels.delete(channel_id);
    this.#sendNext(channel_id);
  }

  #end(entry: OutboxEntry, delivery: Delivery): void {
    this.#queues.get(entry.channel_id)?.delete(entry.nonce);
    const waiting = this.#promises.get(entry);
    this.#promises.delete(entry);
    if ("message" in delivery) waiting?.resolve(delivery.message);
    else waiting?.reject(delivery.error);
    this.#on.onDelivered(delivery);
  }
}

const full = (most: number) =>
  new RequestError("limit_reached", `${most} messages wait to be sent already.`, { limit: "outbox_length" });

/** Whether it was added nobody knows. */
const is_loss: ReadonlySet<RequestError["code"]> = new Set(["disconnected", "closed"]);
