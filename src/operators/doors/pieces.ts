// How an answer goes through the socket: a line of JSON and, where a file follows, its pieces, each after its length in
// four bytes; an empty one ends it. Whoever doesn't see that end has half a file.

import type { Outcome } from "../../protocol/outcome.ts";

/** An answer, and whether a file follows. */
export type Framed = Outcome<unknown> & { file?: true };

const HEAD_BYTES = 4;
const NEWLINE = 0x0a;

/** The pieces of a file, and its end. */
export async function* framed(file: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const piece of file) {
    if (piece.byteLength === 0) continue;
    yield headOf(piece.byteLength);
    yield piece;
  }
  yield headOf(0);
}

function headOf(bytes: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  new DataView(head.buffer).setUint32(0, bytes);
  return head;
}

/** Takes apart what came, however it was cut. */
export class PieceReader {
  #bytes = Buffer.alloc(0);

  add(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  /** The line at the head, as JSON; null while it hasn't come whole. */
  line(): unknown {
    const end = this.#bytes.indexOf(NEWLINE);
    return end < 0 ? null : JSON.parse(this.#take(end + 1).toString());
  }

  /** The piece at the head; null while it hasn't come whole. */
  piece(): Uint8Array | null {
    if (this.#bytes.length < HEAD_BYTES) return null;
    const length = this.#bytes.readUInt32BE(0);
    return this.#bytes.length < HEAD_BYTES + length ? null : this.#take(HEAD_BYTES + length).subarray(HEAD_BYTES);
  }

  #take(bytes: number): Buffer {
    const taken = this.#bytes.subarray(0, bytes);
    this.#bytes = this.#bytes.subarray(bytes);
    return taken;
  }
}
