// Whether somebody may show a picture: something on the web behind `https:`, or an upload of their own. That the upload is
// still there is made sure of once more when what shows it is stored.

import type { Store } from "../db/store.ts";
import { isHttps, uploadOf } from "../domain/pictures.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";

/** The upload of the user's that the picture is, or null for one on the web; `bad_request` at `path` for anything else. */
export async function judgePicture(
  store: Pick<Store, "uploads">,
  user_id: number,
  url: string,
  path: string,
): Promise<Outcome<number | null>> {
  const upload_id = uploadOf(url);
  if (upload_id !== null && (await store.uploads.ownedBy(user_id, [upload_id])).length > 0) return success(upload_id);
  if (isHttps(url)) return success(null);
  return failure("bad_request", "A picture is an https: URL, or the URL of an upload of your own.", { path });
}
