// Where the bytes of uploads are kept, each under a key of its own. A folder of this machine or a bucket; both keep them
// in the same places, so that one can be copied into the other.
// Must not know who uploaded what: the rows in the database say that.

import { type BucketSettings, openBucket } from "./bucket.ts";
import { openFolder } from "./folder.ts";

/** Bytes of which so many have come, from the first on. They are gone when it is let go of, or with a crash. */
export interface Incoming {
  readonly bytes: number;
  /** Its first bytes, as many as say what it is. */
  readonly first: Buffer;
  /** Resolves when the next may come. */
  write(chunk: Uint8Array): Promise<void>;
  /** All of it. */
  read(): Promise<Buffer<ArrayBuffer>>;
  /** SHA-256 of what came, hexadecimal; after it nothing more comes. */
  hash(): string;
  /** As `put`, of what came. */
  keep(key: string): Promise<void>;
  /** Lets go of what isn't kept. */
  discard(): Promise<void>;
}

export interface ByteRange {
  from: number;
  to: number;
}

/** Rejects, with whatever the disk or the network said, where it can't do what it is asked. */
export interface Files {
  /** Takes a file in piece by piece, whatever its key will be. */
  receive(): Incoming;
  /** Resolves once the bytes would survive a loss of power. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Those in the range, without its end; all without one. Null: there are none under this key. */
  read(key: string, range?: ByteRange): Promise<Blob | ReadableStream | null>;
  /** With all that was made of them. Does nothing where there are none under a key. */
  remove(...keys: string[]): Promise<void>;
  /** Rejects with a reason for a person where nothing can be kept now. Absent where the opening has found out. */
  probe?(): Promise<void>;
}

/** Rejects with a reason for a person when the folder can't be used. A bucket is first asked when it is needed. */
export async function openFiles({ folder, bucket, is_shared = false }: FilesOptions): Promise<Files> {
  return bucket ? openBucket(bucket) : openFolder(folder, is_shared);
}

export interface FilesOptions {
  folder: string;
  bucket: BucketSettings | null;
  /** Other processes keep theirs in the folder, too. */
  is_shared?: boolean;
}
