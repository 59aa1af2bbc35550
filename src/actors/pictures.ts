// Whether somebody may show a picture: something on the web behind `https:`, or an upload of their own. The write that
// stores what shows it makes sure once more that the upload is still there.

import type { Store } from "../db/store.ts";
import { isHttps, isUrlText, uploadOf } from "../domain/pictures.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { isImageType } from "../protocol/uploads.ts";

/** The user's upload that the picture is, or null for one on the web; `bad_request` at `path` for anything else. */
export async function judgePicture(
  store: Pick<Store, "uploads">,
  user_id: number,
  url: string,
  path: string,
): Promise<Outcome<number | null>> {
  const named = uploadOf(url);
  const own = named && isUrlText(url) ? (await store.uploads.ownedBy(user_id, [named.id]))[0] : undefined;
  if (own && isImageType(own.type) && (named?.key === null || named?.key === own.key)) return success(own.id);
  if (isUrlText(url) && isHttps(url)) return success(null);
  return failure("bad_request", "A picture is an https: URL, or the URL of an image that you uploaded.", { path });
}
