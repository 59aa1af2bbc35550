// Ids: positive integers below 2^53 that only grow, made without asking the database. They follow the clock, so that
// they tell a stranger nothing of how much is written elsewhere, and their last decimal digit is evenly spread
// (clients pick colours by `id % 10`). Whoever has the id of an upload may see it, so those are of chance alone, and
// lie above all others. The clock and the randomness are passed in.

const EPOCH_MS = Date.UTC(2025, 0, 1);
const IDS_PER_MS = 1000;

/** Below it lie the ids that grow, until the year 2167; from it on, those that can't be guessed. */
export const first_secret_id = 2 ** 52;

export interface IdGenerator {
  /** The next id, greater than every one before it. */
  next(): number;
}

/** When an id was made, Unix milliseconds: somewhat later where many were made at once, or the clock was set back. */
export function timeOfId(id: number): number {
  return EPOCH_MS + Math.floor(id / IDS_PER_MS);
}

/** The least id that could be made at that time, in Unix milliseconds. */
export function firstIdAt(at_ms: number): number {
  return Math.max(0, (at_ms - EPOCH_MS) * IDS_PER_MS);
}

/**
 * Starts above `floor`, the greatest id already stored, so that a clock set back never makes an id twice.
 * `random` returns a number in [0, 1).
 */
export function createIdGenerator(floor: number, clock: () => number, random: () => number): IdGenerator {
  let last = floor;
  return {
    next() {
      const wanted = (clock() - EPOCH_MS) * IDS_PER_MS + Math.floor(random() * IDS_PER_MS);
      last = Math.max(last + 1, wanted);
      return last;
    },
  };
}

/** An id of 52 random bits, in no order; `random` returns a number in [0, 1), of 52 bits at least. */
export function secretId(random: () => number): number {
  return first_secret_id + Math.floor(random() * first_secret_id);
}
