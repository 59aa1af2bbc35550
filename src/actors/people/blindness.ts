// To whom who looks offline, because they have blocked them. Of those who are looked at it is read with them; what has
// just changed is known here, where it was told. Only pairs of which one has loaded the other are remembered.

import { limits } from "../../domain/limits.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Viewer } from "./calls.ts";
import { Recent } from "./recent.ts";

export class Blindness {
  /** By user who is here: those who hide from them. */
  readonly #hidden = new Map<number, Set<number>>();
  /** By user who is here: those of whom a read said it before it was told, to some of their sessions and not to others. */
  readonly #unsaid = new Map<number, Set<number>>();
  readonly #users = new Map<SessionId, number>();
  /** By both: whether the first hides from the second, as was told lately. */
  readonly #told: Recent<boolean, string>;
  readonly #isHere: (user_id: number) => boolean;

  /** `isHere`: whether the user has a session, whose end will be told of. */
  constructor(isHere: (user_id: number) => boolean, clock: () => number) {
    this.#isHere = isHere;
    this.#told = new Recent(limits.request_deadline_ms, clock);
  }

  get isEmpty(): boolean {
    return this.#hidden.size === 0;
  }

  enter(session: SessionId, user_id: number): void {
    this.#users.set(session, user_id);
  }

  /** `is_last`: the user has no other. */
  leave(session: SessionId, is_last: boolean): void {
    const user_id = this.#users.get(session);
    this.#users.delete(session);
    if (!is_last || user_id === undefined) return;
    this.#hidden.delete(user_id);
    this.#unsaid.delete(user_id);
  }

  ofSession(session: SessionId, user_id: number): boolean {
    const viewer = this.#users.get(session);
    return viewer !== undefined && (this.#hidden.get(viewer)?.has(user_id) ?? false);
  }

  /** Told: the one hides from the other from now on, or no longer. Returns whether some of their sessions lack that. */
  tell(one: number, from: number, hides: boolean): boolean {
    this.#told.note(`${one} ${from}`, hides);
    const was_unsaid = this.#unsaid.get(from)?.delete(one) ?? false;
    return this.#put(one, from, hides) || was_unsaid;
  }

  /** Those of the users who hide from the viewer: what was read says so, but for what was told since it may have been read. */
  among(user_ids: readonly number[], { user_id: viewer, blockers }: Viewer): Set<number> {
    const hiding = new Set(blockers);
    for (const user_id of user_ids) {
      const told = this.#told.of(`${user_id} ${viewer}`);
      if (told === true) hiding.add(user_id);
      if (told === false) hiding.delete(user_id);
    }
    return hiding;
  }

  /** The viewer has loaded these, of whom those who hide are known. */
  remember(user_ids: readonly number[], viewer: number, hiding: ReadonlySet<number>): void {
    if (hiding.size === 0 && !this.#hidden.has(viewer)) return;
    for (const user_id of user_ids) {
      if (this.#put(user_id, viewer, hiding.has(user_id))) this.#leaveUnsaid(user_id, viewer);
    }
  }

  #leaveUnsaid(one: number, from: number): void {
    const unsaid = this.#unsaid.get(from) ?? new Set();
    this.#unsaid.set(from, unsaid.add(one));
  }

  #put(one: number, from: number, hides: boolean): boolean {
    if (!this.#isHere(from)) return false;
    const hidden = this.#hidden.get(from) ?? new Set();
    if (hidden.has(one) === hides) return false;
    if (hides) hidden.add(one);
    else hidden.delete(one);
    if (hidden.size > 0) this.#hidden.set(from, hidden);
    else this.#hidden.delete(from);
    return true;
  }
}
