// How somebody new gets in: what stands before the account in the job that makes it. A use of an invite is spent there,
// or the job is stale; and the servers are noted that the account is to come into.

import { eq, sql } from "drizzle-orm";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, template } from "../engine/query.ts";
import { invites } from "../schema/community.ts";
import { arrivalNotes } from "./account-arrivals.ts";
import { guard } from "./guards.ts";
import { admitsToServer } from "./invites.ts";
import { type InviteUse, inviteUses } from "./registration-invites.ts";

export interface Admission {
  /** Null: anybody may. */
  invite: (InviteUse & { to: "installation" | "server" }) | null;
  /** That of the invite among them, where it is to a server. */
  server_ids: readonly number[];
}

export const anybody: Admission = { invite: null, server_ids: [] };

/** Words the statements. */
export function admissionsOf(reads: Access["reads"]): (user_id: number, by: Admission) => Statement[] {
  const spend = { installation: inviteUses(reads), server: serverInviteUses(reads) };
  const noted = arrivalNotes(reads);
  return (user_id, { invite, server_ids }) => [
    ...(invite ? spend[invite.to]({ code: invite.code, now: invite.now }) : []),
    ...noted(user_id, server_ids),
  ];
}

function serverInviteUses(reads: Access["reads"]): (use: InviteUse) => Statement[] {
  const check = guard<InviteUse>(reads, sql`exists (select 1 from ${invites} where ${admitsToServer()})`);
  const spend = template<{ code: string }>(
    reads
      .update(invites)
      .set({ uses: sql`${invites.uses} + 1` })
      .where(eq(invites.code, given("code"))),
  );
  return ({ code, now }) => [check({ code, now }), spend({ code })];
}
