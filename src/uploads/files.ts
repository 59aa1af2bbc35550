// Where the bytes of uploads are kept: by the SHA-256 of their content, so that the same bytes are there once.
// A folder of this machine or a bucket; both keep them in the same places, so that one can be copied into the other.
// Must not know who uploaded what: the rows in the database say that.

import { type BucketSettings, openBucket } from "./bucket.ts";
import { openFolder } from "./folder.ts";

/** Rejects, with whatever the disk or the network said, where it can't do what it is asked. */
export interface Files {
  /** Resolves once the bytes would survive a loss of power. */
  put(hash: string, bytes: Uint8Array): Promise<void>;
  /** Null: there are none of this hash. */
  read(hash: string): Promise<Blob | ReadableStream | null>;
  /** Does nothing where there are none of this hash. */
  remove(hash: string): Promise<void>;
  /** Rejects with a reason for a person where nothing can be kept now. Absent where the opening has found out. */
  probe?(): Promise<void>;
}

/** Rejects with a reason for a person when the folder can't be used. A bucket is first asked when it is needed. */
export async function openFiles({ folder, bucket }: { folder: string; bucket: BucketSettings | null }): Promise<Files> {
  return bucket ? openBucket(bucket) : openFolder(folder);
}
