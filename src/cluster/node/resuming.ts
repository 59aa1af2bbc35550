// Sessions whose rooms have another owner than before, or lost some of its words: what each has heard is told to the
// owner. Until that answers, the session hears nothing of the room, whatever others here hear, and all else that it asks
// of the room waits.

import type { Gateway, SessionId, Topic } from "../../actors/delivery/gateway.ts";
import type { Answers } from "../../actors/room/calls.ts";
import type { Outcome } from "../../protocol/outcome.ts";
import { slotOf } from "../slots.ts";
import type { HeardTopics } from "./heard-topics.ts";
import type { ResumeRequest } from "./noting.ts";
import { serverOfAddress } from "./whereabouts.ts";

export interface ResumingOptions {
  sockets: Gateway;
  heard: HeardTopics;
  /** Has the session ask its room. */
  tell(session: SessionId, moved: { server_id: number; heard: Record<string, number> }): void;
}

export class Resuming {
  readonly #on: ResumingOptions;

  /** How many sessions have asked what they missed. */
  begun = 0;

  constructor(options: ResumingOptions) {
    this.#on = options;
  }

  /** Of all rooms in these slots. */
  begin(slots: ReadonlySet<number>): void {
    if (slots.size === 0) return;
    const { heard: topics, sockets, tell } = this.#on;
    for (const server_id of [...topics.servers]) {
      if (!slots.has(slotOf(server_id))) continue;
      for (const { session, heard } of topics.resuming(server_id)) {
        for (const topic of Object.keys(heard)) sockets.unsubscribe(session, topic as Topic);
        this.begun += 1;
        tell(session, { server_id, heard });
      }
    }
  }

  /** Whether what is asked of the address has to wait, for the session that asks. */
  isGoingOn(address: string, request: unknown): boolean {
    if (!this.#on.heard.is_any_resuming) return false;
    const server_id = serverOfAddress(address);
    if (server_id === null) return false;
    const { from, session = from?.session } = (request ?? {}) as { from?: { session: number }; session?: number };
    return session !== undefined && this.#on.heard.isResuming(session, server_id);
  }

  /** The owner has answered: what was missing goes out to the session, and then it hears of the room again. */
  end(address: string, { from: { session } }: ResumeRequest, outcome: Outcome<unknown>): void {
    const { sockets, heard } = this.#on;
    const server_id = serverOfAddress(address);
    if (server_id === null || !heard.resumed(session, server_id) || !outcome.ok) return;
    const answers = outcome.value as Answers;
    // It has to come back and ask.
    if (Object.values(answers).some((answer) => "reset" in answer)) return;
    for (const [topic, answer] of Object.entries(answers) as [Topic, Answers[string]][]) {
      if (!("events" in answer)) continue;
      for (const event of answer.events) sockets.send(session, JSON.stringify(event));
      heard.subscribed(session, topic, server_id, answer.seq);
      sockets.subscribe(session, topic);
    }
  }
}
