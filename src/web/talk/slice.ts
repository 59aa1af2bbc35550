// Which of a channel's messages are in the page: so many around where one reads, whatever the channel holds. Pure.

/** As many are added at a time as one scrolls towards them. */
export const STEP = 20;
/** So many are in the page when a channel is opened. */
export const FIRST = 50;
/** And never more than these. */
export const MOST = 160;

/** By index into the messages, the end excluded; `follows` has it go on with the newest. */
export interface Slice {
  from: number;
  to: number;
}

/** As ids, which stay what they are when older messages come; null `to` follows the newest. */
export interface Reading {
  from: number;
  to: number | null;
}

export const newest: Reading = { from: Number.MAX_SAFE_INTEGER, to: null };

/** The first index whose id isn't below. */
function indexOf(ids: readonly number[], id: number): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids[middle] ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function sliceOf(ids: readonly number[], { from, to }: Reading): Slice {
  if (to === null && from === newest.from) return { from: Math.max(ids.length - FIRST, 0), to: ids.length };
  const start = indexOf(ids, from);
  const end = to === null ? ids.length : indexOf(ids, to + 1);
  return { from: start, to: Math.min(Math.max(end, start), start + MOST) };
}

/** Around a message. */
export function around(ids: readonly number[], id: number): Reading {
  const at = indexOf(ids, id);
  return reading(ids, { from: at - FIRST / 2, to: at + FIRST / 2 });
}

export function earlier(ids: readonly number[], { from, to }: Slice): Reading {
  const start = Math.max(from - STEP, 0);
  return reading(ids, { from: start, to: Math.min(to, start + MOST) });
}

export function later(ids: readonly number[], { from, to }: Slice): Reading {
  const end = Math.min(to + STEP, ids.length);
  return reading(ids, { from: Math.max(from, end - MOST), to: end });
}

function reading(ids: readonly number[], { from, to }: Slice): Reading {
  const is_end = to >= ids.length;
  return { from: ids[Math.max(from, 0)] ?? newest.from, to: is_end ? null : (ids[to - 1] ?? null) };
}
