// The roll of those who are here: who has which sessions, what they play, and how they look to others. It answers what is
// asked of them, and keeps for a while when those who have gone were last online. What changes it tells nobody.

import { monotonic } from "../../clock.ts";
import { limits } from "../../domain/limits.ts";
import { OFFLINE, type Person, type SeenPresence, seenPresence } from "../../domain/presence.ts";
import type { SmallSet } from "../../domain/small.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Game } from "./game.ts";
import { Recent } from "./recent.ts";

export interface Entry {
  person: Person;
  sessions: SmallSet;
  /** Those before which nobody sits. */
  inactive: SmallSet | null;
  game: Game | null;
  /** Grows with every change of the user's relations. */
  revision: number;
  /** When the last session closed, Unix milliseconds; null while there is one. */
  left_ms: number | null;
}

export class Roll {
  readonly entries = new Map<number, Entry>();
  /** When those who are gone were last online, as told. */
  readonly #left = new Recent<number>(limits.request_deadline_ms, monotonic);
  readonly #nameToldLately: (user_id: number) => string | undefined;

  constructor(nameToldLately: (user_id: number) => string | undefined) {
    this.#nameToldLately = nameToldLately;
  }

  /** Strikes off who had an entry. */
  strike(user_id: number, last_online: number): void {
    this.entries.delete(user_id);
    this.left(user_id, last_online);
  }

  /** They have gone, and were last online then, as was told. */
  left(user_id: number, last_online: number): void {
    this.#left.note(user_id, last_online);
  }

  sessionsOf(user_id: number): Iterable<SessionId> {
    return this.entries.get(user_id)?.sessions ?? [];
  }

  /** The number of the user's last relation change since their first session. */
  revisionOf(user_id: number): number {
    return this.entries.get(user_id)?.revision ?? 0;
  }

  /** How others see the user. */
  look(user_id: number): SeenPresence {
    const entry = this.entries.get(user_id);
    if (!entry) return OFFLINE;
    return seenPresence({ connected: true, chosen: entry.person.status, playing: entry.game?.app ?? null });
  }

  /** The person as last told; `read` is what was read before. */
  personOf(read: Person): Person {
    const entry = this.entries.get(read.id);
    if (entry) return entry.person;
    const last_online = Math.max(read.last_online, this.#left.of(read.id) ?? 0);
    return { ...read, name: this.nameOf(read), last_online };
  }

  /** The person's name as last told; `read` when it was read before. */
  nameOf({ id, name }: { id: number; name: string }): string {
    return this.entries.get(id)?.person.name ?? this.#nameToldLately(id) ?? name;
  }

  /** Whether somebody sits before one of the user's sessions: before each, unless it says otherwise. */
  isActive(user_id: number): boolean {
    const entry = this.entries.get(user_id);
    return entry !== undefined && entry.sessions.size > (entry.inactive?.size ?? 0);
  }

  canBeInvited(user_id: number): boolean {
    const entry = this.entries.get(user_id);
    return entry !== undefined && entry.sessions.size > 0 && this.look(user_id).status !== "offline";
  }

  countAllSessions(): number {
    return this.entries.values().reduce((sum, { sessions }) => sum + sessions.size, 0);
  }

  countSessions(user_id: number): number {
    return this.entries.get(user_id)?.sessions.size ?? 0;
  }

  *here(): Iterable<Person> {
    for (const { person, sessions } of this.entries.values()) if (sessions.size > 0) yield person;
  }
}
