// What owners at other nodes tell the sessions of this one: it goes to their sockets, and what each has heard is noted.

import type { Gateway, SessionId } from "../../actors/delivery/gateway.ts";
import { type Frame, textOf } from "../../actors/delivery/late-frame.ts";
import type { Item } from "../streams/envelope.ts";
import type { HeardTopics } from "./heard-topics.ts";
import type { Holds } from "./holds.ts";
import { framesOf, type Head, item } from "./items.ts";
import type { PeopleView } from "./people-view.ts";

export interface EarsOptions {
  sockets: Gateway;
  heard: HeardTopics;
  people: PeopleView;
  holds: Holds;
  say(node: number, item: Item): boolean;
}

/** What is told to sessions. */
export type Told = Extract<Head, { kind: "send" | "send_all" | "publish" | "subscribe" | "unsubscribe" | "close" }>;

export class Ears {
  readonly #on: EarsOptions;

  constructor(options: EarsOptions) {
    this.#on = options;
  }

  take(from: number, told: Told, text: string): void {
    const { sockets, heard, holds, people } = this.#on;
    switch (told.kind) {
      case "send":
        if (!heard.sent(told.session, text)) return;
        return holds.send(told.session, text, () =>
          told.together ? sockets.sendTogether(told.session, text) : sockets.send(told.session, text),
        );
      case "send_all":
        return this.sendAll(told.session, framesOf(told, text));
      case "publish":
        heard.published(told.topic, text);
        people.published(told.topic, text);
        return holds.publish(told.topic, text, told.but_not);
      case "subscribe":
        return this.#subscribe(from, told);
      case "unsubscribe":
        heard.unsubscribed(told.session, told.topic);
        return sockets.unsubscribe(told.session, told.topic);
      case "close":
        return sockets.close(told.session, told.reason);
    }
  }

  sendAll(session: SessionId, frames: readonly Frame[]): void {
    const due = frames.filter((frame) => this.#on.heard.sent(session, textOf(frame)));
    this.#on.sockets.sendAll(session, due);
  }

  #subscribe(from: number, { session, topic, server_id, told }: Extract<Head, { kind: "subscribe" }>): void {
    const { sockets, heard, people, say } = this.#on;
    if (!sockets.isOpen(session)) return void say(from, item({ kind: "gone", session }));
    people.subscribed(session, topic, told);
    const is_due = server_id === null || heard.subscribed(session, topic, server_id, told);
    if (is_due) sockets.subscribe(session, topic);
  }
}
