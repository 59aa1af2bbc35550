// The pools that all who use the server share: places of several kinds, and the room for unfinished uploads. They are
// made once; what is done at a place is its user's matter.

import { FairShare, type Shares } from "./fair-share.ts";
import { limits } from "./limits.ts";
import { UploadRoom } from "./upload-room.ts";

export const pool_names = [
  "openings",
  "syncs",
  "searches",
  "hashes",
  "upload_pieces",
  "upload_jobs",
  "small_images",
  "mails",
  "exports",
] as const;

export type PoolName = (typeof pool_names)[number];
export type Pools = Readonly<Record<PoolName, FairShare> & { upload_room: UploadRoom }>;

/** Of a pool of places, whatever is done at them. */
export const common = { waiting: limits.pool_waiting, per_group: limits.pool_turns_per_address };

const shares: Record<PoolName, Shares> = {
  openings: { ...common, places: limits.sessions_opening, per_party: limits.sessions_opening_per_user },
  syncs: { ...common, places: limits.syncs_gathering, per_party: limits.syncs_gathering_per_user },
  searches: {
    ...common,
    places: limits.searches,
    per_party: limits.searches_per_user,
    waiting: limits.searches_waiting,
  },
  hashes: {
    ...common,
    places: limits.password_jobs,
    per_party: limits.password_jobs_per_name,
    per_group: limits.password_turns_per_address,
    waiting: limits.password_queue,
  },
  upload_pieces: { ...common, places: limits.upload_pieces, per_party: limits.upload_pieces },
  upload_jobs: { ...common, places: limits.upload_jobs, per_party: limits.upload_jobs_per_user },
  small_images: {
    ...common,
    ...{ places: limits.small_jobs, per_party: limits.small_jobs, waiting: limits.small_jobs_waiting },
  },
  mails: { ...common, places: limits.mail_jobs, per_party: 1, waiting: limits.mail_waiting },
  exports: { ...common, places: limits.exports, per_party: limits.exports_per_user, waiting: limits.exports_waiting },
};

/** `upload_bytes`: what one upload may have; several at once find room. */
export function createPools(upload_bytes: number = limits.upload_bytes): Pools {
  const places = Object.fromEntries(pool_names.map((name) => [name, new FairShare(shares[name])]));
  const most_bytes = Math.max(limits.unfinished_uploads_bytes, limits.unfinished_uploads_shares * upload_bytes);
  return { ...(places as Record<PoolName, FairShare>), upload_room: new UploadRoom(most_bytes, upload_bytes) };
}
