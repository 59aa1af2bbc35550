// What one node says to another about actors and sessions: the heads of the items on a stream. Frames for clients are
// their texts, which nobody parses on the way.

import type { SessionId, Topic } from "../../actors/delivery/gateway.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { Outcome } from "../../protocol/outcome.ts";
import type { Item, Plain } from "../streams/envelope.ts";

export type Head =
  /** Asks an actor; `id` is the asker's. */
  | { kind: "ask"; id: number; address: string; call: string; request: unknown }
  | { kind: "answer"; id: number; outcome: Outcome<unknown> }
  /** The actor that was asked isn't there any more: the asker looks again whose it is. */
  | { kind: "elsewhere"; id: number }
  | { kind: "tell"; address: string; call: string; request: unknown }
  /** The text is a frame for the session. */
  | { kind: "send"; session: SessionId; together: boolean }
  /** The text is several frames, of these lengths, at the session's pace. */
  | { kind: "send_all"; session: SessionId; lengths: readonly number[] }
  /** The text is a frame for all sessions of the node that are subscribed to it, but for one. */
  | { kind: "publish"; topic: Topic; but_not?: SessionId }
  /** `server_id`: whose room has it subscribed, null for people; `told`: the `seq` of the last that was told of it. */
  | { kind: "subscribe"; session: SessionId; topic: Topic; server_id: number | null; told: number }
  | { kind: "unsubscribe"; session: SessionId; topic: Topic }
  | { kind: "close"; session: SessionId; reason: CloseReason }
  /** Slots have changed hands: who reads the database now knows at once. */
  | { kind: "moved" }
  /** The session has ended, and with it all that it was subscribed to. */
  | { kind: "gone"; session: SessionId };

export function item(head: Head, text?: string): Item {
  return text === undefined ? { head: head as Plain } : { head: head as Plain, text };
}

/** The frames of a `send_all`. */
export function framesOf(lengths: readonly number[], text: string): string[] {
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return text.slice(at - length, at);
  });
}
