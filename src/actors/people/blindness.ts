// To whom who looks offline, because they have blocked them, or whose bot they are. Of those who are looked at it is read
// with them; what has just changed is known here, where it was told. Only pairs of which one, or a bot of theirs, has
// loaded the other are remembered.

import { limits } from "../../domain/limits.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Viewer } from "./calls.ts";
import { Recent } from "./recent.ts";

export class Blindness {
  /** By user who is here, or a bot of theirs: those who hide from them. */
  readonly #hidden = new Map<number, Set<number>>();
  /** By the same: those of whom a read said it before it was told, to some of their sessions and not to others. */
  readonly #unsaid = new Map<number, Set<number>>();
  readonly #users = new Map<SessionId, number>();
  /** By bot that is here: whose it is; and the other way round. */
  readonly #owners = new Map<number, number>();
  readonly #bots = new Map<number, Set<number>>();
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

  /** `owner_id`: whose bot the user is; null of a person. */
  enter(session: SessionId, user_id: number, owner_id: number | null): void {
    this.#users.set(session, user_id);
    if (owner_id === null) return;
    this.#owners.set(user_id, owner_id);
    this.#bots.set(owner_id, (this.#bots.get(owner_id) ?? new Set()).add(user_id));
  }

  /** `is_last`: the user has no other. */
  leave(session: SessionId, is_last: boolean): void {
    const user_id = this.#users.get(session);
    this.#users.delete(session);
    if (!is_last || user_id === undefined) return;
    const concerned = this.#judgedOf(user_id);
    this.#forgetBot(user_id);
    for (const id of concerned) {
      if (this.#isJudged(id)) continue;
      this.#hidden.delete(id);
      this.#unsaid.delete(id);
    }
  }

  ofSession(session: SessionId, user_id: number): boolean {
    const viewer = this.#users.get(session);
    return viewer !== undefined && this.#hides(user_id, this.#judgedOf(viewer));
  }

  /**
   * Told: the one hides from the other from now on, or no longer. Returns those to whom that makes a difference, of the
   * other and their bots; nobody where all of their sessions have it.
   */
  tell(one: number, from: number, hides: boolean): number[] {
    this.#told.note(`${one} ${from}`, hides);
    const was_unsaid = this.#unsaid.get(from)?.delete(one) ?? false;
    if (!this.#put(one, from, hides) && !was_unsaid) return [];
    const viewers = this.viewersOf(from);
    // Whom the one hides from for another reason as well, it stays hidden from.
    const others = (viewer: number) => this.#judgedOf(viewer).filter((id) => id !== from);
    return viewers.filter((viewer) => !this.#hides(one, others(viewer)));
  }

  /** Who sees by what is told of the user: they, and their bots that are here. */
  viewersOf(user_id: number): number[] {
    return [user_id, ...(this.#bots.get(user_id) ?? [])];
  }

  /** Those of the users who hide from the viewer: as was read, but for what was told since it may have been read. */
  among(user_ids: readonly number[], viewer: Viewer): Set<number> {
    return new Set([...this.#judged(user_ids, viewer).values()].flatMap((hiding) => [...hiding]));
  }

  /** The viewer has loaded these. */
  remember(user_ids: readonly number[], viewer: Viewer): void {
    for (const [id, hiding] of this.#judged(user_ids, viewer)) {
      if (hiding.size === 0 && !this.#hidden.has(id)) continue;
      for (const user_id of user_ids) {
        if (this.#put(user_id, id, hiding.has(user_id))) this.#leaveUnsaid(user_id, id);
      }
    }
  }

  /** Of the viewer, and of whose bot they are: those who hide. */
  #judged(user_ids: readonly number[], viewer: Viewer): Map<number, Set<number>> {
    const { user_id, blockers, owner_blockers } = viewer;
    const owner = this.#owners.get(user_id);
    if (owner === undefined) {
      return new Map([[user_id, this.#asTold(user_ids, user_id, [...blockers, ...owner_blockers])]]);
    }
    return new Map([
      [user_id, this.#asTold(user_ids, user_id, blockers)],
      [owner, this.#asTold(user_ids, owner, owner_blockers)],
    ]);
  }

  #asTold(user_ids: readonly number[], from: number, blockers: readonly number[]): Set<number> {
    const hiding = new Set(blockers);
    if (this.#told.isEmpty) return hiding;
    for (const user_id of user_ids) {
      const told = this.#told.of(`${user_id} ${from}`);
      if (told === true) hiding.add(user_id);
      if (told === false) hiding.delete(user_id);
    }
    return hiding;
  }

  /** By whom it is judged what the user sees: themselves, and whose bot they are. */
  #judgedOf(user_id: number): number[] {
    const owner = this.#owners.get(user_id);
    return owner === undefined ? [user_id] : [user_id, owner];
  }

  #isJudged(id: number): boolean {
    return this.#isHere(id) || this.#bots.has(id);
  }

  #hides(one: number, from: readonly number[]): boolean {
    return from.some((id) => this.#hidden.get(id)?.has(one) ?? false);
  }

  #forgetBot(user_id: number): void {
    const owner = this.#owners.get(user_id);
    if (owner === undefined) return;
    this.#owners.delete(user_id);
    const bots = this.#bots.get(owner);
    bots?.delete(user_id);
    if (bots?.size === 0) this.#bots.delete(owner);
  }

  /** It was so when it was read, before anything was told: it may not have been told yet. */
  inherit(one: number, from: number): void {
    if (this.#put(one, from, true)) this.#leaveUnsaid(one, from);
  }

  /** It may just have been told: what is looked at next may have been read before. */
  inheritTold(one: number, from: number, hides: boolean): void {
    this.#told.note(`${one} ${from}`, hides);
  }

  #leaveUnsaid(one: number, from: number): void {
    const unsaid = this.#unsaid.get(from) ?? new Set();
    this.#unsaid.set(from, unsaid.add(one));
  }

  #put(one: number, from: number, hides: boolean): boolean {
    if (!this.#isJudged(from)) return false;
    const hidden = this.#hidden.get(from) ?? new Set();
    if (hidden.has(one) === hides) return false;
    if (hides) hidden.add(one);
    else hidden.delete(one);
    if (hidden.size > 0) this.#hidden.set(from, hidden);
    else this.#hidden.delete(from);
    return true;
  }
}
