// What a change means to those who came or went by it: `server_added` and `server_deleted` on their own topics, in the
// order of those topics' `seq`, which other actors write to as well.

import { encodeEvent } from "../../protocol/community/events.ts";
import type { Actors } from "../calls.ts";
import type { OrderedTopics, Place } from "../delivery/ordered-topics.ts";

interface Item {
  user_id: number;
  place: Place;
  frame: string;
  left: boolean;
}

export class SelfNews {
  readonly #on: { actors: Actors; topics: OrderedTopics };
  readonly #server_id: number;
  readonly #items: Item[] = [];

  constructor(on: { actors: Actors; topics: OrderedTopics }, server_id: number) {
    this.#on = on;
    this.#server_id = server_id;
  }

  /** The `seq` to store; call it in the turn in which the rows are handed to the writer. */
  comes(user_id: number, { id, name, image }: { id: number; name: string; image: string | null }): number {
    const place = this.#on.topics.reserve(`self:${user_id}`);
    const frame = encodeEvent("server_added", "self", place.seq, { server: { id, name, image } });
    this.#items.push({ user_id, place, frame, left: false });
    return place.seq;
  }

  /** The `seq` to store; call it in the turn in which the rows are handed to the writer. */
  leaves(user_id: number): number {
    const place = this.#on.topics.reserve(`self:${user_id}`);
    const frame = encodeEvent("server_deleted", "self", place.seq, { server_id: this.#server_id });
    this.#items.push({ user_id, place, frame, left: true });
    return place.seq;
  }

  /** It is committed: tells them. Who left has less in common with others from now on. */
  publish(): void {
    for (const { user_id, place, frame, left } of this.#items) {
      place.publish(frame);
      if (left) this.#on.actors.tell("presence", "separated", { user_id });
    }
  }

  /** Nothing came of it. */
  drop(): void {
    for (const { place } of this.#items) place.release();
  }
}
