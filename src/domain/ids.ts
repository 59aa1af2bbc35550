// Ids: positive integers below 2^53 that only grow, made without asking the database. They follow the clock, so that
// they tell a stranger nothing of how much is written elsewhere, and their last decimal digit is evenly spread
// (clients pick colours by `id % 10`). Whoever has the id of an upload may see it, so those are of chance alone, and
// lie above all others. The clock and the randomness are passed in.

/** As `firstIdAt` counts, for those who count elsewhere. */
export const EPOCH_MS = Date.UTC(2025, 0, 1);
export const IDS_PER_MS = 1000;

/** Below it lie the ids that grow, until the year 2167; from it on, those that can't be guessed. */
export const first_secret_id = 2 ** 52;

export interface IdGenerator {
  /** The next id, greater than every one before it. */
  next(): number;
  /** From now on all are greater than this. */
  pass(id: number): void;
  /** No id is greater, whoever made it, as far as is known here. */
  reached(): number;
  /** The same by now. */
  readReached(): Promise<number>;
}

/** The ids of one node among several: no other node makes any of them. */
export interface NodeIds extends Omit<IdGenerator, "reached" | "readReached"> {
  /** The last that was made, or passed. */
  made(): number;
  /** Greater than all that are made within this time. */
  ceiling(within_ms: number): number;
}

/** When an id was made, Unix milliseconds: somewhat later where many were made at once, or the clock was set back. */
export function timeOfId(id: number): number {
  return EPOCH_MS + Math.floor(id / IDS_PER_MS);
}

/** How far ids follow the clock in that time. */
export function idsWithin(ms: number): number {
  return ms * IDS_PER_MS;
}

/** The least id that could be made at that time, in Unix milliseconds. */
export function firstIdAt(at_ms: number): number {
  return Math.max(0, (at_ms - EPOCH_MS) * IDS_PER_MS);
}

/**
 * From which id on something was said after somebody came. Ids may run ahead of the clock: the time alone, where no `seq`
 * is known, lets in what was said a moment before.
 */
export function firstIdHeard({ joined_at, joined_seq }: { joined_at: number; joined_seq: number }): number {
  return Math.max(joined_seq, firstIdAt(joined_at));
}

/**
 * Starts above `floor`, the greatest id already stored, so that a clock set back never makes an id twice.
 * `random` returns a number in [0, 1).
 */
export function createIdGenerator(floor: number, clock: () => number, random: () => number): IdGenerator {
  let last = floor;
  const next = () => {
    const wanted = (clock() - EPOCH_MS) * IDS_PER_MS + Math.floor(random() * IDS_PER_MS);
    last = Math.max(last + 1, wanted);
    return last;
  };
  const pass = (id: number) => {
    last = Math.max(last, id);
  };
  return { next, pass, reached: next, readReached: async () => next() };
}

/** Nodes are numbered below it. A prime to 10, so that ids of one node end in any digit as often as in another. */
export const id_nodes = 31;

/** The node that made an id. */
export function nodeOfId(id: number): number {
  return id % id_nodes;
}

/** As `createIdGenerator`, for the node of this number: its ids are those that leave it as the rest. */
export function createNodeIds(node: number, floor: number, clock: () => number, random: () => number): NodeIds {
  let last = floor;
  return {
    next() {
      const wanted = (clock() - EPOCH_MS) * IDS_PER_MS + Math.floor(random() * IDS_PER_MS);
      const least = Math.max(last + 1, wanted);
      last = least + ((node - nodeOfId(least) + id_nodes) % id_nodes);
      return last;
    },
    pass(id) {
      last = Math.max(last, id);
    },
    made: () => last,
    ceiling: (within_ms) => Math.max(last, firstIdAt(clock())) + idsWithin(within_ms),
  };
}

/** An id of 52 random bits, in no order; `random` returns a number in [0, 1), of 52 bits at least. */
export function secretId(random: () => number): number {
  return first_secret_id + Math.floor(random() * first_secret_id);
}

const KEY_BYTES = 16;

/** A key of 128 random bits, as `base64url`; `random` returns a number in [0, 1), of 8 bits at least. */
export function secretKey(random: () => number): string {
  const bytes = Uint8Array.from({ length: KEY_BYTES }, () => Math.floor(random() * 256));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
