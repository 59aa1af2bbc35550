// What one node says to another about actors and sessions: the heads of the items on a stream. Frames for clients are
// their texts, which nobody parses on the way.

import type { SessionId, Topic } from "../../actors/delivery/gateway.ts";
import { type Frame, keptFrame, textOf } from "../../actors/delivery/late-frame.ts";
import type { Standing } from "../../actors/people/calls.ts";
import type { Answer } from "../../db/engine/database-server.ts";
import type { SqlValue } from "../../db/engine/driver.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import { type Failure, type Outcome, success, worded } from "../../protocol/outcome.ts";
import type { Item, Plain } from "../streams/envelope.ts";
import type { Listing } from "./people-view.ts";

/** A slot, the epoch in which it is, and the node that has it; null: nobody. */
export type Placed = readonly [slot: number, epoch: number, node: number | null];

export type Head =
  /**
   * Asks an actor; `id` is the asker's, another one each time that it is sent. `epoch`: of the slot, as the asker follows
   * it. `told`: nobody waits for the answer, which says no more than that it is heard.
   */
  | { kind: "ask"; id: number; address: string; call: string; request: unknown; epoch: number; told: boolean }
  /** The text is what was answered, as JSON; none where it was refused, or there is nothing to say. */
  | { kind: "answer"; id: number; error?: Failure; tokens?: number }
  /** Answered at once: all that was said before is heard. */
  | { kind: "mark"; id: number }
  /** It is not done here, and won't be: the slot is another's, as was said before. */
  | { kind: "elsewhere"; id: number }
  /** The text is a frame for the session. */
  | { kind: "send"; session: SessionId; together: boolean }
  /** The text is several frames, of these lengths, at the session's pace; those at these places were worded late. */
  | { kind: "send_all"; session: SessionId; lengths: readonly number[]; late?: readonly number[] }
  /** The text is a frame for all sessions of the node that are subscribed to it, but for one. */
  | { kind: "publish"; topic: Topic; but_not?: SessionId }
  /** `server_id`: whose room has it subscribed, null for people; `told`: the `seq` of the last that was told of it. */
  | { kind: "subscribe"; session: SessionId; topic: Topic; server_id: number | null; told: number }
  | { kind: "unsubscribe"; session: SessionId; topic: Topic }
  | { kind: "close"; session: SessionId; reason: CloseReason }
  /**
   * Where slots lie, as the sender knows it: of those that it had, it says nothing any more. `made`: it has given them
   * away, and made no greater id.
   */
  | { kind: "moved"; slots: readonly Placed[]; made?: number }
  /** The slots are the sender's still, but all who heard of them have to hear of them anew. */
  | { kind: "again"; slots: readonly number[] }
  /** People are the sender's: it wants to know what the node knows of them. */
  | { kind: "who"; request: number }
  | { kind: "here"; request: number; listing: Listing }
  /** What these sessions of the node heard of people isn't known: they have to come again. */
  | { kind: "strangers"; sessions: readonly SessionId[] }
  /** How somebody stands from now on. */
  | { kind: "standing"; standing: Standing }
  /** How all stand, whatever was told before. */
  | { kind: "standings"; standings: readonly Standing[] }
  /**
   * A group of writes, to be committed behind the guard of the sender's term, which has these parameters. The text: the
   * parameter of each of these statements, so long.
   */
  | { kind: "commit"; id: number; guard: readonly SqlValue[]; sqls: readonly string[]; lengths: readonly number[] }
  | { kind: "committed"; id: number; answer: Answer }
  /** The session has ended, and with it all that it was subscribed to. */
  | { kind: "gone"; session: SessionId };

export function item(head: Head, text?: string): Item {
  return text === undefined ? { head: head as unknown as Plain } : { head: head as unknown as Plain, text };
}

/** An `answer`. */
export function answering(id: number, outcome: Outcome<unknown>): Item {
  if (!outcome.ok) return item({ kind: "answer", id, error: outcome.error });
  const { tokens } = outcome;
  const head: Head = tokens === undefined ? { kind: "answer", id } : { kind: "answer", id, tokens };
  return item(head, outcome.json ?? JSON.stringify(outcome.value));
}

/** What it says. */
export function outcomeOf({ error, tokens }: Extract<Head, { kind: "answer" }>, text: string): Outcome<unknown> {
  if (error) return { ok: false, error };
  return text === "" ? success(undefined) : worded(text, tokens);
}

/** A `send_all`. */
export function sendingAll(session: SessionId, frames: readonly Frame[]): Item {
  const texts = frames.map(textOf);
  const late = frames.flatMap((frame, at) => (typeof frame === "string" ? [] : [at]));
  return item({ kind: "send_all", session, lengths: texts.map(({ length }) => length), late }, texts.join(""));
}

/** Its frames. */
export function framesOf({ lengths, late = [] }: Extract<Head, { kind: "send_all" }>, text: string): Frame[] {
  const places = new Set(late);
  let from = 0;
  return lengths.map((length, at) => {
    from += length;
    const frame = text.slice(from - length, from);
    return places.has(at) ? keptFrame(frame) : frame;
  });
}
