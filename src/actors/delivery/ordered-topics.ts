// Keeps events of one topic in the order of their `seq` where several actors write to it: each takes a place when it
// hands its change to the writer, and what it publishes after the commit waits for those before it. It remembers how
// far each topic has been told.

import { limits } from "../../domain/limits.ts";
import { NewestMap } from "../../domain/newest-map.ts";
import type { Gateway, Topic } from "./gateway.ts";

/** A place in a topic's order; exactly one of the three ends it. */
export interface Place {
  readonly seq: number;
  publish(frame: string): void;
  /** Runs `tell` in its order: now when nobody before is waiting, else the promise settles after it. It must not throw. */
  tell(tell: () => void): void | Promise<void>;
  /** Nothing came of it. */
  release(): void;
}

export interface OrderedTopics {
  /**
   * Takes the next place; call it in the same turn as the change is handed to the writer. A change that several topics
   * tell of under one `seq` passes the one that it has just taken.
   */
  reserve(topic: Topic, seq?: number): Place;
  /** The `seq` of the last event told; null when memory doesn't go back that far. */
  told(topic: Topic): number | null;
  /** The same; where memory doesn't go back that far, the greatest one in the database, which `stored` reads. */
  lastTold(topic: Topic, stored: () => Promise<number>): Promise<number>;
  /** Settles when all that is on its way now is told; null when nothing is. */
  settled(topic: Topic): Promise<void> | null;
  /** A `seq` up to which all of the topic has been told, and none of what is yet to be told. */
  reached(topic: Topic): number;
}

/** `nextSeq` gives growing numbers. */
export function createOrderedTopics(gateway: Gateway, nextSeq: () => number): OrderedTopics {
  const queues = new Map<Topic, Queue>();
  const last_told = new NewestMap<Topic, number>(limits.topics_remembered);
  const shared: Shared = { gateway, queues, last_told };

  return {
    reserve(topic, seq = nextSeq()) {
      let queue = queues.get(topic);
      if (!queue) {
        queue = new Queue(topic, shared);
        queues.set(topic, queue);
      }
      return queue.reserve(seq);
    },

    reached(topic) {
      const oldest = queues.get(topic)?.oldest;
      return oldest ? oldest.seq - 1 : nextSeq();
    },

    settled: (topic) => queues.get(topic)?.emptied() ?? null,

    told: (topic) => last_told.get(topic) ?? null,

    async lastTold(topic, stored) {
      for (;;) {
        const known = last_told.get(topic);
        if (known !== undefined) return known;
        // What is on its way may be stored, but it isn't told yet.
        const queue = queues.get(topic);
        if (queue) await queue.emptied();
        else {
          const seq = await stored();
          if (!queues.has(topic) && !last_told.has(topic)) last_told.set(topic, seq);
        }
      }
    },
  };
}

interface Shared {
  gateway: Gateway;
  queues: Map<Topic, Queue>;
  last_told: NewestMap<Topic, number>;
}

/** The places of one topic, from the first that is taken until none is left. */
class Queue {
  readonly topic: Topic;
  readonly shared: Shared;
  readonly #places: QueuedPlace[] = [];
  /** Made when somebody waits for it. */
  #emptied: PromiseWithResolvers<void> | null = null;

  constructor(topic: Topic, shared: Shared) {
    this.topic = topic;
    this.shared = shared;
  }

  /** None while the last one is being told. */
  get oldest(): Place | undefined {
    return this.#places[0];
  }

  reserve(seq: number): Place {
    const place = new QueuedPlace(seq, this);
    this.#places.push(place);
    return place;
  }

  emptied(): Promise<void> {
    this.#emptied ??= Promise.withResolvers<void>();
    return this.#emptied.promise;
  }

  flush(): void {
    const { last_told, queues } = this.shared;
    while (this.#places[0]?.isEnded) {
      const place = this.#places.shift() as QueuedPlace;
      if (place.isReleased) continue;
      last_told.set(this.topic, place.seq);
      place.run();
    }
    // What was told may have begun the topic's next queue.
    if (this.#places.length > 0 || queues.get(this.topic) !== this) return;
    queues.delete(this.topic);
    this.#emptied?.resolve();
  }
}

class QueuedPlace implements Place {
  readonly seq: number;
  readonly #queue: Queue;
  /** Null when nothing came of it; undefined until its end. */
  #tell: (() => void) | null | undefined;
  #is_told = false;
  /** Made when somebody waits for it. */
  #told: PromiseWithResolvers<void> | null = null;

  constructor(seq: number, queue: Queue) {
    this.seq = seq;
    this.#queue = queue;
  }

  get isEnded(): boolean {
    return this.#tell !== undefined;
  }

  get isReleased(): boolean {
    return this.#tell === null;
  }

  publish(frame: string): void {
    this.#end(() => this.#queue.shared.gateway.publish(this.#queue.topic, frame));
  }

  tell(tell: () => void): void | Promise<void> {
    this.#end(tell);
    if (this.#is_told || this.#tell !== tell) return;
    this.#told ??= Promise.withResolvers<void>();
    return this.#told.promise;
  }

  release(): void {
    this.#end(null);
  }

  /** In its turn. */
  run(): void {
    this.#tell?.();
    this.#is_told = true;
    this.#told?.resolve();
  }

  #end(tell: (() => void) | null): void {
    if (this.isEnded) return;
    this.#tell = tell;
    this.#queue.flush();
  }
}
