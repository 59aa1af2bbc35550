// Uploads: taking a file in, finding it again. First the bytes are safe, under a key of their own, then the row, then the
// answer; a crash in between leaves at most bytes that no row knows.

import { DatabaseError } from "../db/engine/driver.ts";
import { UnknownEndError } from "../db/engine/write.ts";
import { noteOf } from "../db/queries/made.ts";
import type { SeenUpload } from "../db/queries/uploads.ts";
import type { Store } from "../db/store.ts";
import type { Upload } from "../domain/community.ts";
import { fileName } from "../domain/file-names.ts";
import { secretId, secretKey } from "../domain/ids.ts";
import { createLocks } from "../domain/locks.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { nameOfUpload, type UploadReply } from "../protocol/uploads.ts";
import type { Log } from "../telemetry/log.ts";
import type { ByteRange, Files, Incoming } from "./files.ts";
import { readKept, removeKept } from "./kept.ts";
import { keyOf } from "./place.ts";
import { createSmallImages, type SmallImages } from "./small.ts";
import { takenIn } from "./taking-in.ts";

export interface UploadsDependencies extends SmallImages {
  store: Pick<Store, "uploads" | "uploadUrl" | "made" | "writer">;
  files: Files;
  /** In [0, 1), and not to be foreseen: whoever has an upload's id may see it. */
  random(): number;
  /** Bytes that one user may have uploaded. */
  quotaBytes(): number;
  /** By user id. */
  throttle: { take(key: string): number };
  log: Log;
  clock(): number;
}

export type { SeenUpload };

export type Uploads = ReturnType<typeof createUploads>;

export function createUploads(on: UploadsDependencies) {
  const locks = createLocks();
  /** One at a time under a nonce, in this process: what the others would store is refused, and taken away again. */
  const underNonce = <Value>(user_id: number, nonce: string | null, use: () => Promise<Value>): Promise<Value> =>
    nonce === null ? use() : locks.hold(`${user_id} ${nonce}`, use);
  return {
    /** Whether the user may upload one more now; asked before its bytes are read. `rate_limited` if not. */
    admit(user_id: number): Outcome<null> {
      const retry_after_ms = on.throttle.take(String(user_id));
      if (retry_after_ms === 0) return success(null);
      return failure("rate_limited", "Too many uploads; try again later.", { retry_after_ms });
    },

    /**
     * Keeps a file, an image without what its camera says of it; `bad_request` when it is a damaged image or nothing,
     * `unavailable` when it can't be stored. The same user and nonce again get the first one; `conflict` where it is
     * gone, `limit_reached` beyond the user's quota. With `login`, it must be good when the upload is stored; else
     * `unauthorized`.
     */
    add: (user_id: number, file: NamedFile, nonce: string | null, login?: number): Promise<Outcome<UploadReply>> =>
      underNonce(user_id, nonce, () => add(on, user_id, file, nonce, login)),

    /** With whether it is a picture of somebody, and whether who has its key may still see it. */
    find: (id: number): Promise<SeenUpload | null> => on.store.uploads.seen(id),

    /** Null when the bytes are gone; `unavailable` when they can't be had now. */
    read: (upload: Upload, range?: ByteRange) => readFile(on, upload, range),

    /** As `read`, its small version; null also where there is none, so that the image itself has to do. */
    readSmall: createSmallImages(on),
  };
}

export interface NamedFile {
  content: Incoming;
  /** As its sender calls it; null for nothing. */
  name: string | null;
}

async function readFile(
  on: Pick<UploadsDependencies, "files" | "log">,
  upload: Upload,
  range?: ByteRange,
): Promise<Outcome<Blob | ReadableStream | null>> {
  const { id, hash } = upload;
  try {
    const body = await readKept(on.files, upload, { range });
    if (!body) on.log.warn({ upload: id, hash }, "the bytes of an upload are gone");
    return success(body);
  } catch (error) {
    on.log.error({ err: error, hash }, "an upload can't be read");
    return failure("unavailable", "The server can't reach its uploads; ask again later.");
  }
}

async function add(
  on: UploadsDependencies,
  user_id: number,
  { content, name: given }: NamedFile,
  nonce: string | null,
  login: number | undefined,
): Promise<Outcome<UploadReply>> {
  const earlier = await madeBefore(on, user_id, nonce);
  if (earlier) return earlier;
  const name = given === null ? null : fileName(given);
  const taken = await takenIn(content, name);
  if (!taken.ok) return taken;
  const { hash, type, width, height, bytes, keep } = taken.value;
  if (!(await hasRoom(on, user_id, bytes))) return full(on);
  const secrets = { id: secretId(on.random), key: secretKey(on.random) };
  const row = { ...secrets, user_id, hash, type, width, height, bytes, name, created_at: on.clock() };
  try {
    await keep(on.files, keyOf(row));
  } catch (error) {
    on.log.error({ err: error, hash }, "an upload can't be stored");
    return failure("unavailable", "The server can't store uploads now; ask again later.");
  }
  if (await isCreated(on, row, nonce, login)) return success(uploadView(on, row));
  return (await madeBefore(on, user_id, nonce)) ?? whyNot(on, user_id, bytes);
}

/** Whether it has its row now. Without one nobody would ever look for its bytes, so they go. */
async function isCreated(
  on: UploadsDependencies,
  row: Upload,
  nonce: string | null,
  login: number | undefined,
): Promise<boolean> {
  const { store, files, clock, quotaBytes } = on;
  const note = noteOf({ ...making(row.user_id), nonce }, row.id, row.created_at);
  const by = login === undefined ? undefined : { login, now: clock() };
  const clearAway = () => removeKept(files, row, false).catch((err) => on.log.error({ err }, "an upload is left over"));
  try {
    const created = await store.writer.perform(store.uploads.create(row, note, by, quotaBytes()));
    if (created.state === "stored") return true;
  } catch (error) {
    if (error instanceof DatabaseError && !(error instanceof UnknownEndError)) await clearAway();
    throw error;
  }
  await clearAway();
  return false;
}

async function hasRoom({ store, quotaBytes }: UploadsDependencies, user_id: number, bytes: number) {
  return (await store.uploads.bytesOf(user_id)) + bytes <= quotaBytes();
}

const full = ({ quotaBytes }: UploadsDependencies) =>
  failure("limit_reached", `Your uploads may have ${quotaBytes()} bytes together; they would have more.`, {
    limit: "upload_quota_bytes",
  });

async function whyNot(on: UploadsDependencies, user_id: number, bytes: number): Promise<Outcome<never>> {
  const gone = failure("unauthorized", "You are logged out, or the account is no more.");
  return (await hasRoom(on, user_id, bytes)) ? gone : full(on);
}

/** The upload that the user made under this nonce; null where there was none. */
async function madeBefore(
  { store }: UploadsDependencies,
  user_id: number,
  nonce: string | null,
): Promise<Outcome<UploadReply> | null> {
  const made = await store.made.find({ ...making(user_id), nonce });
  if (made === null) return null;
  const standing = await store.uploads.byId(Number(made));
  return standing
    ? success(uploadView({ store }, standing))
    : failure("conflict", "This was uploaded before, and has been removed since.");
}

const making = (user_id: number) => ({ user_id, kind: "upload" as const, server_id: 0 });

function uploadView({ store }: Pick<UploadsDependencies, "store">, upload: Upload): UploadReply {
  const { id, type, width, height, bytes } = upload;
  const size = { width: width || null, height: height || null };
  return { success: true, id, url: store.uploadUrl(upload), name: nameOfUpload(upload), ...size, type, bytes };
}
