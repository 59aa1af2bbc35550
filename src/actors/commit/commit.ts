// The one way to change what others are told of: reserve, write, find out, apply, answer, tell. First durable, then
// known. Where the database's answer was lost, `commit` finds out what is stored before it says anything to anybody.

import { DatabaseError } from "../../db/engine/driver.ts";
import { type Perform, UnknownEndError, type Write } from "../../db/engine/write.ts";
import type { Reservation } from "../delivery/reservations.ts";

/** Who owns what is changed. */
export interface Owner {
  /** What is stored can't be known, or isn't what the owner holds: it ends, and those who listen come again. */
  end(): void;
}

/**
 * One change, once it is decided. Its write guards what the decision rests on, so that a decision that no longer holds
 * comes back as stale.
 */
export interface Change<Stored> {
  /** Makes the reservation in the owner's topic that tells of it, in the turn in which the write is handed over. */
  reserve?(): Reservation;
  /** `seq` is that of the reservation; 0 without one. */
  write(seq: number): Write<Stored>;
  /**
   * Called after a lost answer, once it is known what was done, or that nobody can know, and after a throw before all
   * were told: has the owners of other topics catch up, in case that the change wrote into these.
   */
  unsure?(): void;
  /** Whether anything came of it; where nothing did, only `answer` follows. */
  came?(stored: Stored): boolean;
  /** The owner's memory becomes what is stored. */
  apply?(stored: Stored, seq: number): void;
  answer(stored: Stored, seq: number): void;
  /** Tells those whom it concerns, and gives the owners of other topics a hint. */
  tell?(stored: Stored, seq: number): void;
}

export type Committed = "done" | "stale";

/** Makes the change. Rejects with DatabaseError when it was not made, or nobody can tell; then the owner has ended. */
export type Commit = <Stored>(owner: Owner, change: Change<Stored>) => Promise<Committed>;

export function createCommit(perform: Perform): Commit {
  return <Stored>(owner: Owner, change: Change<Stored>) => {
    let is_lost = false;
    const onLost = () => {
      is_lost = true;
    };
    let reservation: Reservation | undefined;
    let write: Write<Stored>;
    try {
      reservation = change.reserve?.();
      write = change.write(reservation?.seq ?? 0);
    } catch (error) {
      reservation?.release();
      return Promise.reject(error);
    }
    return perform(write, onLost).then(
      (performed) => {
        if (performed.state === "stored") return makeKnown(owner, change, performed.value, reservation, is_lost);
        reservation?.release();
        return "stale";
      },
      (error) => {
        reservation?.release();
        // What is no fault of the database may have been thrown after the commit.
        if (error instanceof UnknownEndError || !(error instanceof DatabaseError)) owner.end();
        if (is_lost) change.unsure?.();
        throw error;
      },
    );
  };
}

/** What is stored becomes known, all in one turn: in the reservation's order where there is one. */
function makeKnown<Stored>(
  owner: Owner,
  change: Change<Stored>,
  stored: Stored,
  reservation: Reservation | undefined,
  is_lost: boolean,
): Committed | Promise<Committed> {
  const seq = reservation?.seq ?? 0;
  const came = change.came?.(stored) ?? true;
  let fault: { error: unknown } | null = null;
  const inOneTurn = () => {
    try {
      if (came) change.apply?.(stored, seq);
      change.answer(stored, seq);
      if (came) change.tell?.(stored, seq);
    } catch (error) {
      fault = { error };
    }
  };
  const finish = (): Committed => {
    // What the owner holds, or others were told, may be a part of it.
    if (fault && came) owner.end();
    if (fault || is_lost) change.unsure?.();
    if (fault) throw (fault as { error: unknown }).error;
    return "done";
  };
  if (!came) reservation?.release();
  const told = came && reservation ? reservation.tell(inOneTurn) : inOneTurn();
  return told ? told.then(finish) : finish();
}

/** The owner of what no actor holds in memory: nothing has to end. */
export const nobodys: Owner = { end() {} };

/** How often a decision is taken, where what it rests on keeps changing before it is carried out. */
export const DECISIONS = 8;
