// What operations are refused with, in sentences that say what to do. Who runs a server may know of everything in it, so
// that they can be told what isn't there.

import type { PersonRow } from "../db/queries/people.ts";
import type { Store } from "../db/store.ts";
import { failure, type Outcome } from "../protocol/outcome.ts";

/** Administrators do nothing to each other. */
export const amongAdmins = () =>
  failure("forbidden", "Administrators do nothing to each other: this is for the command line.");

/** Whether the account is another administrator's: their own, or that of a bot of theirs. */
export async function isAnotherAdmins(
  { people }: Pick<Store, "people">,
  { id, admin_since, bot_owner_id }: PersonRow,
  by_id: number,
): Promise<boolean> {
  if (bot_owner_id === null) return id !== by_id && admin_since !== null;
  const owner = await people.byId(bot_owner_id);
  return owner !== null && owner.id !== by_id && owner.admin_since !== null;
}

/** What only people have, no bot gets; null for who is none, which nobody becomes. */
export async function refusedToBots(
  { store }: { store: Pick<Store, "people"> },
  user_id: number,
): Promise<Outcome<never> | null> {
  const user = await store.people.byId(user_id);
  return user && user.bot_owner_id !== null ? failure("forbidden", "This is a bot: it has no password.") : null;
}

/** By which command those are listed that there are. */
const lists = {
  user: "user list",
  server: "server list",
  report: "report list",
  invite: "invite list",
  setting: "settings list",
} as const;

/** `which` stands for itself: an id, or a word in quotation marks. */
export const missing = (noun: keyof typeof lists, which: number | string) =>
  failure("not_found", `There is no ${noun} ${which}: ${lists[noun]} has those that there are.`);

/** Of a text that was to be a time: `why` not. */
export const noTime = (field: string, why: string) =>
  failure("bad_request", `'${field}' ${why}: a date such as 2026-05-01T12:00Z, or a span such as 30m, 12h, 7d.`, {
    path: field,
  });
