// What may stand for a picture: something on the web behind `https:`, or an upload. Pure; whose the upload is, the
// database says.

import { BLANKS, UNRULY } from "./visible.ts";

/** The URL of an upload, whole or as the upload call gives it. */
const UPLOAD = /^(?:https?:\/\/[^/?#]+(?:\/[^?#]*)?)?\/api\/v1\/uploads\/([1-9][0-9]{0,15})(?:\/([\w-]{22}))?$/;

/** What stands in no URL as it is: a page or a log that shows one as text would end it there. */
const UNFIT = new RegExp(`["<>${BLANKS}${UNRULY}]`, "u");

/** Whether the text has nothing in it that a URL would have escaped. */
export function isUrlText(text: string): boolean {
  return !UNFIT.test(text);
}

/** The id of the upload that the URL is of, and the key in it; null where it is of none. */
export function uploadOf(url: string): { id: number; key: string | null } | null {
  const [, digits, key = null] = UPLOAD.exec(url) ?? [];
  return digits === undefined ? null : { id: Number(digits), key };
}

/** Whether it is the URL of something on the web that a client may show. */
export function isHttps(url: string): boolean {
  return /^https:\/\//i.test(url) && URL.canParse(url);
}
