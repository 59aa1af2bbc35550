// The boxes of an ISO media file, such as an AVIF is: each a length, a type and so many bytes. Must not look into them.

export interface Box {
  type: string;
  /** Where it begins. */
  head: number;
  /** Where its content begins and ends. */
  from: number;
  to: number;
}

/** Those between two places, as far as they claim to reach; one that claims less than its head is the last. */
export function* boxesIn(file: Buffer, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to; ) {
    const short = file.readUInt32BE(at);
    const size = short === 1 ? Number(file.readBigUInt64BE(at + 8)) : short || to - at;
    const head = short === 1 ? 16 : 8;
    yield { type: file.toString("latin1", at + 4, at + 8), head: at, from: at + head, to: at + size };
    if (size < head) return;
    at += size;
  }
}
