// The connections of users: those of the roll, and those that have claimed a login and are not open yet. What a login's
// end, or a fault, does to them reaches both: they may have read before what they are about to hear of was stored.

import { nodeOfId } from "../../domain/ids.ts";
import type { Actors } from "../calls.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import type { Slices } from "../kernel/slices.ts";
import type { SessionCalls } from "../session/calls.ts";
import type { Roll } from "./roll.ts";

interface ConnectionsDependencies {
  actors: Actors;
  gateway: Pick<Gateway, "close">;
  slices: Slices;
}

export class Connections {
  readonly #on: ConnectionsDependencies;
  readonly #roll: Roll;
  /** Those that are not open yet, with the user whose it is. */
  readonly #admitted = new Map<SessionId, number>();

  constructor(on: ConnectionsDependencies, roll: Roll) {
    this.#on = on;
    this.#roll = roll;
  }

  admit(user_id: number, session: SessionId): void {
    this.#admitted.set(session, user_id);
  }

  isAdmitted(session: SessionId): boolean {
    return this.#admitted.has(session);
  }

  /** It is open, or has gone. */
  settled(session: SessionId): void {
    this.#admitted.delete(session);
  }

  /** Of those that were opening at that node these are left. */
  keepAt(node: number, sessions: ReadonlySet<SessionId>): void {
    for (const session of [...this.#admitted.keys()]) {
      if (nodeOfId(session) === node && !sessions.has(session)) this.settled(session);
    }
  }

  /** Each session knows its own login. */
  revoke(user_id: number, revoked: SessionCalls["revoked"]["request"]): void {
    for (const session of this.#of(user_id)) this.#on.actors.tell(`session:${session}`, "revoked", revoked);
  }

  /** Settles once each session has heard all that it was told so far, or is lost. */
  heard(): Promise<void> {
    return this.#on.actors.heard();
  }

  /** A few in each slice of the event loop's time: it may be everybody. */
  revokeAll(): void {
    const users = new Set([...this.#roll.entries.keys(), ...this.#admitted.values()]);
    for (const user_id of users) {
      this.#on.slices.run(() => this.revoke(user_id, { logins: null, reason: "token_revoked", spares_bots: true }));
    }
  }

  comeAgain(user_id: number): void {
    for (const session of this.#of(user_id)) this.#on.gateway.close(session, "server_fault");
  }

  #of(user_id: number): SessionId[] {
    const opening = [...this.#admitted].flatMap(([session, user]) => (user === user_id ? session : []));
    return [...opening, ...this.#roll.sessionsOf(user_id)];
  }
}
