// Uploads in an S3-compatible bucket, by Bun's own client. The bucket stays private: the server reads it for everybody.
// What the store refuses is told with its address, the bucket, the store's own code and the setting to look at.
// Must not tell the keys.

import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "bun";
import { limits } from "../domain/limits.ts";
import type { Files } from "./files.ts";
import { placeOf, smallKeys } from "./place.ts";
import { StagedFile } from "./staged-file.ts";

export interface BucketSettings {
  endpoint: string;
  name: string;
  region: string;
  access_key_id: string;
  secret_access_key: string;
}

/** `code` is the store's, or that of the connection to it. */
export class BucketError extends Error {
  readonly endpoint: string;
  readonly bucket: string;
  readonly code: string;

  constructor({ endpoint, name }: BucketSettings, cause: unknown) {
    const { code = "", message } = cause as Error & { code?: string };
    const mending = mendings.find(([codes]) => codes.includes(code))?.[1] ?? message;
    super(`the bucket ${name} at ${endpoint} can't be used: ${code ? `${code}: ` : ""}${mending}`);
    this.name = "BucketError";
    this.endpoint = endpoint;
    this.bucket = name;
    this.code = code;
  }
}

const mendings: [codes: string[], mending: string][] = [
  [["NoSuchBucket", "InvalidBucketName"], "make it, or look at ORCHARD_S3_BUCKET"],
  [["InvalidAccessKeyId"], "look at ORCHARD_S3_ACCESS_KEY_ID"],
  [["SignatureDoesNotMatch"], "look at ORCHARD_S3_SECRET_ACCESS_KEY"],
  [["AccessDenied"], "look at ORCHARD_S3_ACCESS_KEY_ID, and let it list, read, write and remove there"],
  [
    ["AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException"],
    "look at ORCHARD_S3_REGION",
  ],
  [
    ["ConnectionRefused", "DNSResolveFailed", "FailedToOpenSocket"],
    "nobody answers there: look at ORCHARD_S3_ENDPOINT",
  ],
  [["InvalidResponse"], "what answers there is no S3 store: look at ORCHARD_S3_ENDPOINT"],
];

export function openBucket(settings: BucketSettings): Files {
  const { endpoint, name, region, access_key_id, secret_access_key } = settings;
  const client = new S3Client({
    ...{ endpoint, region, bucket: name },
    ...{ accessKeyId: access_key_id, secretAccessKey: secret_access_key },
  });
  const told = <Value>(answer: Promise<Value>): Promise<Value> =>
    answer.catch((error) => {
      throw new BucketError(settings, error);
    });
  /** Large ones go in parts, as they are read. */
  async function send(file: StagedFile, key: string): Promise<void> {
    const patience_ms = (1000 * file.bytes) / limits.upload_least_bytes_per_s;
    await told(inTime(client.write(placeOf(key), Bun.file(await file.synced())), patience_ms));
  }
  return {
    receive: () => new StagedFile(join(tmpdir(), `orchard-upload-${crypto.randomUUID()}`), send),

    async put(key, bytes) {
      await told(inTime(client.write(placeOf(key), bytes)));
    },

    async read(key, range) {
      const file = client.file(placeOf(key));
      if (!(await told(inTime(file.exists())))) return null;
      // As an answer's body the file itself would send the client to the bucket.
      return (range ? file.slice(range.from, range.to) : file).stream();
    },

    async remove(...keys) {
      const all = keys.flatMap((key) => [...smallKeys(key), key]);
      await Promise.all(all.map((one) => told(inTime(client.delete(placeOf(one))))));
    },

    async probe() {
      // A bucket that isn't there would answer a look for one file as one in which the file isn't.
      await told(inTime(client.list({ maxKeys: 1 })));
    },
  };
}

async function inTime<Value>(answer: Promise<Value>, more_ms = 0): Promise<Value> {
  const deadline_ms = Math.ceil(limits.bucket_deadline_ms + more_ms);
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  const late = () => reject(new Error(`it didn't answer within ${deadline_ms} ms`));
  const timer = setTimeout(late, deadline_ms);
  try {
    return await Promise.race([answer, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
