// Keeps events of one topic in the order of their `seq` where several actors write to it: each takes a place when it
// hands its change to the writer, and what it publishes after the commit waits for those before it. It remembers how
// far each topic has been told.

import { LRUCache } from "lru-cache";
import { limits } from "../domain/limits.ts";
import type { Gateway, Topic } from "./gateway.ts";

/** A place in a topic's order; exactly one of the three ends it. */
export interface Place {
  readonly seq: number;
  publish(frame: string): void;
  /** Runs `tell` in its order, at once when nobody before is waiting. It must not throw. */
  tell(tell: () => void): void;
  /** Nothing came of it. */
  release(): void;
}

interface Waiting {
  seq: number;
  /** Null when nothing came of it. */
  tell: (() => void) | null;
  done: boolean;
}

interface Queue {
  places: Waiting[];
  /** Settles when no place is left. */
  emptied: PromiseWithResolvers<void>;
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
  const last_told = new LRUCache<Topic, number>({ max: limits.topics_remembered });

  function flush(topic: Topic, queue: Queue): void {
    const { places, emptied } = queue;
    while (places[0]?.done) {
      const { seq, tell } = places.shift() as Waiting;
      if (!tell) continue;
      last_told.set(topic, seq);
      tell();
    }
    // What was told may have begun the topic's next queue.
    if (places.length > 0 || queues.get(topic) !== queue) return;
    queues.delete(topic);
    emptied.resolve();
  }

  return {
    reserve(topic, seq = nextSeq()) {
      const queue = queues.get(topic) ?? { places: [], emptied: Promise.withResolvers<void>() };
      queues.set(topic, queue);
      const waiting: Waiting = { seq, tell: null, done: false };
      queue.places.push(waiting);
      const end = (tell: (() => void) | null) => {
        if (waiting.done) return;
        waiting.tell = tell;
        waiting.done = true;
        flush(topic, queue);
      };
      const publish = (frame: string) => end(() => gateway.publish(topic, frame));
      return { seq, publish, tell: end, release: () => end(null) };
    },

    reached(topic) {
      const oldest = queues.get(topic)?.places[0];
      return oldest ? oldest.seq - 1 : nextSeq();
    },

    settled: (topic) => queues.get(topic)?.emptied.promise ?? null,

    told: (topic) => last_told.get(topic) ?? null,

    async lastTold(topic, stored) {
      for (;;) {
        const known = last_told.get(topic);
        if (known !== undefined) return known;
        // What is on its way may be stored, but it isn't told yet.
        const queue = queues.get(topic);
        if (queue) await queue.emptied.promise;
        else {
          const seq = await stored();
          if (!queues.has(topic) && !last_told.has(topic)) last_told.set(topic, seq);
        }
      }
    },
  };
}
