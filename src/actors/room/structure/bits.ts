// Sets of small numbers as bits. A set may be shorter than another: what lies beyond its end is not in it.

const WORD = 32;

export function emptyBits(numbers: number): Uint32Array {
  return new Uint32Array(Math.ceil(numbers / WORD));
}

/** A copy of its own that has room for so many numbers. */
export function copiedBits(bits: Uint32Array, numbers: number): Uint32Array {
  const copy = emptyBits(numbers);
  copy.set(bits);
  return copy;
}

export function hasBit(bits: Uint32Array, at: number): boolean {
  return (((bits[at >>> 5] ?? 0) >>> (at & 31)) & 1) === 1;
}

export function setBit(bits: Uint32Array, at: number): void {
  bits[at >>> 5] = (bits[at >>> 5] ?? 0) | (1 << (at & 31));
}

export function clearBit(bits: Uint32Array, at: number): void {
  bits[at >>> 5] = (bits[at >>> 5] ?? 0) & ~(1 << (at & 31));
}

export function addBits(to: Uint32Array, bits: Uint32Array): void {
  for (let word = 0; word < to.length; word += 1) to[word] = (to[word] ?? 0) | (bits[word] ?? 0);
}

/** What is in one and not in the other. */
export function addDifference(to: Uint32Array, one: Uint32Array, other: Uint32Array): void {
  for (let word = 0; word < to.length; word += 1) {
    to[word] = (to[word] ?? 0) | ((one[word] ?? 0) ^ (other[word] ?? 0));
  }
}

export function takeBits(from: Uint32Array, bits: Uint32Array): void {
  for (let word = 0; word < from.length; word += 1) from[word] = (from[word] ?? 0) & ~(bits[word] ?? 0);
}

/** What is in both; its own. */
export function commonBits(one: Uint32Array, other: Uint32Array): Uint32Array {
  return one.map((word, at) => word & (other[at] ?? 0));
}

export function overlap(one: Uint32Array, other: Uint32Array): boolean {
  for (let word = 0; word < one.length; word += 1) if (((one[word] ?? 0) & (other[word] ?? 0)) !== 0) return true;
  return false;
}

/** The numbers in it, ascending. */
export function* numbersIn(bits: Uint32Array): Generator<number> {
  for (let word = 0; word < bits.length; word += 1) {
    for (let left = bits[word] ?? 0; left !== 0; left &= left - 1) {
      yield word * WORD + (WORD - 1 - Math.clz32(left & -left));
    }
  }
}
