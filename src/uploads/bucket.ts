// Uploads in an S3-compatible bucket, by Bun's own client. The bucket stays private: the server reads it for everybody.

import { S3Client } from "bun";
import { limits } from "../domain/limits.ts";
import type { Files } from "./files.ts";
import { placeOf } from "./place.ts";

export interface BucketSettings {
  endpoint: string;
  name: string;
  region: string;
  access_key_id: string;
  secret_access_key: string;
}

export function openBucket({ endpoint, name, region, access_key_id, secret_access_key }: BucketSettings): Files {
  const client = new S3Client({
    ...{ endpoint, region, bucket: name },
    ...{ accessKeyId: access_key_id, secretAccessKey: secret_access_key },
  });
  return {
    async put(hash, bytes) {
      await inTime(client.write(placeOf(hash), bytes));
    },

    async read(hash) {
      const file = client.file(placeOf(hash));
      // As an answer's body the file itself would send the client to the bucket.
      return (await inTime(file.exists())) ? file.stream() : null;
    },

    // Without a deadline: a removal that came through after it would take bytes that were uploaded again since.
    remove: (hash) => client.delete(placeOf(hash)),
  };
}

async function inTime<Value>(answer: Promise<Value>): Promise<Value> {
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  const late = () => reject(new Error(`the bucket didn't answer within ${limits.bucket_deadline_ms} ms`));
  const timer = setTimeout(late, limits.bucket_deadline_ms);
  try {
    return await Promise.race([answer, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
