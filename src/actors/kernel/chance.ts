// Chance that nobody can foresee, whatever they have seen of it: what is drawn here is in ids, and an upload's id is
// all that keeps it to whom it was told. Drawn from the system by the thousand, since each asking has its price.

/** Draws that one asking of the system is good for. */
const DRAWS = 1024;

/** Makes a source of numbers in [0, 1), each of 53 bits. */
export function createChance(): () => number {
  const words = new Uint32Array(2 * DRAWS);
  let next = words.length;
  return () => {
    if (next === words.length) {
      crypto.getRandomValues(words);
      next = 0;
    }
    const high = (words[next] ?? 0) >>> 5;
    const low = (words[next + 1] ?? 0) >>> 6;
    next += 2;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
}
