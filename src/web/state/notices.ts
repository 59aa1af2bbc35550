// Short words about what was done or could not be, shown for a while in a corner.

import { signal } from "@preact/signals";
import type { RequestError } from "../../client/index.ts";

export interface Notice {
  key: number;
  text: string;
  is_error: boolean;
}

export const notices = signal<readonly Notice[]>([]);
const LASTS_MS = 6_000;
let keys = 0;

export function say(text: string, is_error = false): void {
  keys += 1;
  const notice = { key: keys, text, is_error };
  notices.value = [...notices.value.slice(-2), notice];
  setTimeout(() => dismissNotice(notice.key), LASTS_MS);
}

export function dismissNotice(key: number): void {
  notices.value = notices.value.filter((one) => one.key !== key);
}

/** Does it, and says why when it could not be; answers whether it could. */
export async function attempt(doing: Promise<unknown> | undefined): Promise<boolean> {
  try {
    await doing;
    return true;
  } catch (error) {
    say((error as RequestError).message, true);
    return false;
  }
}
