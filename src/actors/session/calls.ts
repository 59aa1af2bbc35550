// What a session can be told, and who it asks for. Plain data.

import type { SessionId } from "../delivery/gateway.ts";
import type { Call } from "../kernel/actor.ts";

/** Who asks, as proved when the session opened. Names change: whoever needs one reads it. */
export interface Requester {
  readonly id: number;
  readonly session: SessionId;
  /** Where the session comes from, as whom its limits count for. */
  readonly address: string;
  readonly is_bot?: true;
}

export type SessionCalls = {
  /** The connection is open; `token` is what it brought, empty when nothing, `address` whom its limits count for. */
  opened: Call<{ token: string; address: string }>;
  /** A frame arrived: its text, or null when it was no text frame. */
  frame: Call<{ frame: string | null }>;
  /** What was sent has been read: it may be sent more. */
  drained: Call<null>;
  /** The connection is gone. */
  closed: Call<null>;
  /**
   * These logins of the user's are no longer good; null: none is but the `spared` one, and bots where they are. With what
   * their sockets close.
   */
  revoked: Call<{
    logins: readonly number[] | null;
    reason: "token_revoked" | "suspended";
    spared?: number;
    spares_bots?: true;
  }>;
  /** The server's room has another owner than before; `heard` is how far it was told of what it hears of. */
  moved: Call<{ server_id: number; heard: Readonly<Record<string, number>> }>;
  /** A room has subscribed it to something, and wants to know when it goes. */
  listening: Call<{ server_id: number }>;
};
