// Where the bytes of a hash stand, in a folder as in a bucket.

/** Two levels, so that no folder gets very many entries. */
export function placeOf(hash: string): string {
  return `${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
}
