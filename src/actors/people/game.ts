// What one person plays, and which of their sessions plays it. A game belongs to one session at a time, and ends when
// that session has been gone for the grace time and no other took it over. It tells nobody: the registry does.

import type { SmallSet } from "../../domain/small.ts";
import type { SessionId } from "../delivery/gateway.ts";

export class Game {
  readonly app: string;
  #player: SessionId;
  /** The session that opened last since the game began, and when, by the monotonic clock. */
  #newest: { session: SessionId; at_ms: number } | null = null;

  constructor(app: string, player: SessionId) {
    this.app = app;
    this.#player = player;
  }

  get standing(): { app: string; player: SessionId } {
    return { app: this.app, player: this.#player };
  }

  isPlayedBy(session: SessionId): boolean {
    return this.#player === session;
  }

  /** What another session plays goes on. */
  mayBeEndedBy(session: SessionId, sessions: SmallSet): boolean {
    return this.#player === session || !sessions.has(this.#player);
  }

  /** A session has opened, `sessions` with it: who left playing has come back, unless the player is still there. */
  opened(session: SessionId, sessions: SmallSet, now_ms: number): void {
    this.#newest = { session, at_ms: now_ms };
    if (!sessions.has(this.#player)) this.#player = session;
  }

  /**
   * The player's session has closed. Whether another has taken over: a device can be back, for no longer than
   * `grace_ms`, before its old connection is known to have ended.
   */
  isTakenOver(sessions: SmallSet, now_ms: number, grace_ms: number): boolean {
    const newest = this.#newest;
    if (!newest || !sessions.has(newest.session) || now_ms - newest.at_ms >= grace_ms) return false;
    this.#player = newest.session;
    return true;
  }
}
