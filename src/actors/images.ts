// What may stand for a picture: something on the web behind `https:`, or an upload of one's own.

import type { Store } from "../db/store.ts";

/** The URL of an upload, whole or as the upload call gives it. */
const UPLOAD = /^(?:https?:\/\/[^/?#]+(?:\/[^?#]*)?)?\/api\/v1\/uploads\/([1-9][0-9]{0,15})$/;

/** The reason why the user may not show this picture, as a sentence for a person, or null when they may. */
export async function imageFault(store: Pick<Store, "uploads">, user_id: number, url: string): Promise<string | null> {
  const upload = UPLOAD.exec(url)?.[1];
  if (upload !== undefined && (await store.uploads.ownedBy(user_id, [Number(upload)])).length > 0) return null;
  if (isHttps(url)) return null;
  return "A picture is an https: URL, or the URL of an upload of your own.";
}

function isHttps(url: string): boolean {
  return /^https:\/\//i.test(url) && URL.canParse(url);
}
