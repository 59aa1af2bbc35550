// What a change has each session told, gathered session by session in the order in which it is told, so that each is
// handed its whole news at once, and is sent it at the pace at which it reads.

import type { Gateway, SessionId, Topic } from "../../delivery/gateway.ts";
import type { Frame } from "../../delivery/late-frame.ts";

/** Lists that others may be told, too, and what this session alone is told after them. */
interface News {
  readonly lists: (readonly Frame[])[];
  own: Frame[] | null;
}

export class Telling {
  readonly #gateway: Gateway;
  readonly #news = new Map<SessionId, News>();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  tell(session: SessionId, frame: Frame): void {
    const news = this.#of(session);
    if (news.own) news.own.push(frame);
    else {
      news.own = [frame];
      news.lists.push(news.own);
    }
  }

  /** The list stays as it is, and may be handed to others. */
  tellAll(session: SessionId, frames: readonly Frame[]): void {
    const news = this.#of(session);
    news.lists.push(frames);
    news.own = null;
  }

  /** After all that each was told before. */
  publish(topic: Topic, frame: string): void {
    this.handOver();
    this.#gateway.publish(topic, frame);
  }

  handOver(): void {
    for (const [session, { lists }] of this.#news) {
      for (const frames of lists) this.#gateway.sendAll(session, frames);
    }
    this.#news.clear();
  }

  #of(session: SessionId): News {
    const known = this.#news.get(session) ?? { lists: [], own: null };
    this.#news.set(session, known);
    return known;
  }
}
