// What a file may be called: its last part alone, without what would lead out of a folder, break a header or hide how it
// ends. Pure.

import { limits } from "./limits.ts";
import { BLANKS, isVisible, UNRULY } from "./visible.ts";

const UNFIT = new RegExp(`[\\p{Cc}${UNRULY}\\ufffd]`, "gu");
const AROUND = new RegExp(`^[${BLANKS}.]+|[${BLANKS}]+$`, "gu");

/** The name as it is kept; null where nothing of it can be. */
export function fileName(given: string): string | null {
  const last = given.toWellFormed().split(/[/\\]/).at(-1) ?? "";
  const name = shortened(last.replace(UNFIT, "").replace(AROUND, ""));
  return isVisible(name) ? name : null;
}

/** What it ends in stays, where that is short. */
function shortened(name: string): string {
  const signs = Array.from(name);
  if (signs.length <= limits.file_name_length) return name;
  const ending = /\.[a-z0-9]{1,8}$/i.exec(name)?.[0] ?? "";
  return signs.slice(0, limits.file_name_length - ending.length).join("") + ending;
}
