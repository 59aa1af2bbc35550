// Whether somebody may show a picture: something on the web behind `https:`, or an upload of their own. The write that
// stores what shows it makes sure once more that the upload is still there.

import type { Store } from "../db/store.ts";
import { isHttps, isUrlText, uploadOf } from "../domain/pictures.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";

/** The user's upload that the picture is, or null for one on the web; `bad_request` at `path` for anything else. */
export async function judgePicture(
  store: Pick<Store, "uploads">,
  user_id: number,
  url: string,
  path: string,
): Promise<Outcome<number | null>> {
  const upload_id = uploadOf(url);
  const is_own = upload_id !== null && (await store.uploads.ownedBy(user_id, [upload_id])).length > 0;
  if (isUrlText(url) && (is_own || isHttps(url))) return success(is_own ? upload_id : null);
  return failure("bad_request", "A picture is an https: URL, or the URL of an upload of your own.", { path });
}
