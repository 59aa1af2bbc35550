// Accounts as operations show them.

import type { Static } from "typebox";
import type { PersonRow } from "../../db/queries/people.ts";
import { Type } from "../../protocol/schema.ts";
import { Account } from "../literals/user.ts";
import type { OperatorServices } from "../services.ts";

const ShownAccount = Type.Object(Account);
export type ShownAccount = Static<typeof ShownAccount>;

export const timeOf = (at_ms: number) => new Date(at_ms).toISOString();

/** The accounts, with what is only known of those who are here. */
export async function shownAccounts(
  { actors, clock }: Pick<OperatorServices, "actors" | "clock">,
  rows: readonly PersonRow[],
): Promise<ShownAccount[]> {
  const counted = await actors.request("presence", "count_sessions", { user_ids: rows.map(({ id }) => id) });
  const sessions = new Map(counted.ok ? counted.value.sessions.map(({ user_id, count }) => [user_id, count]) : []);
  const now = clock();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    email: row.email,
    created_date: timeOf(row.created_at),
    last_online: timeOf(row.last_online),
    sessions: sessions.get(row.id) ?? 0,
    servers: row.servers,
    upload_bytes: row.upload_bytes,
    suspended: suspensionOf(row, now),
    admin: row.admin_since !== null,
    bot_owner_id: row.bot_owner_id,
  }));
}

/** Null where there is none, or it is over. */
function suspensionOf(row: PersonRow, now: number): ShownAccount["suspended"] {
  const { suspended_at, suspended_until, suspended_reason } = row;
  if (suspended_at === null || (suspended_until !== null && suspended_until <= now)) return null;
  const until = suspended_until === null ? null : timeOf(suspended_until);
  return { since: timeOf(suspended_at), until, reason: suspended_reason };
}
